#include "store/local/segment_limits.h"

#include <algorithm>
#include <string_view>

namespace waybill::store {
namespace {

// Those of the row, and its workspace, which is a term too.
std::uint64_t terms_of(std::string_view terms) {
  std::uint64_t count = 1;
  for (std::size_t at = 0; at + 1 < terms.size(); at += 2 + static_cast<std::uint8_t>(terms[at + 1])) ++count;
  return count;
}

}  // namespace

SegmentLimits::SegmentLimits(const LocalOptions& options)
    : rows_max_(options.segment_rows_max),
      terms_max_(std::min(options.segment_terms_max, segment::kTermsMax)),
      record_bytes_max_(options.segment_bytes_max),
      index_bytes_max_(options.segment_index_bytes_max) {}

std::uint64_t SegmentLimits::weight_of(const segment::Measure& measure) const {
  const auto part = [&](std::uint64_t there, std::uint64_t most) { return (there * rows_max_ + most - 1) / most; };
  return std::max({measure.rows, part(measure.terms, terms_max_), part(measure.record_bytes, record_bytes_max_),
                   part(measure.index_bytes(), index_bytes_max_)});
}

bool SegmentLimits::has_room(const segment::Measure& written, const segment::Row& row) const {
  if (written.rows == 0) return true;
  return written.terms + terms_of(row.terms) <= terms_max_ &&
         written.record_bytes + row.record.size() <= record_bytes_max_ && written.index_bytes() < index_bytes_max_;
}

}  // namespace waybill::store
