#pragma once

#include <cstdint>

#include "segment/measure.h"
#include "segment/row.h"
#include "store/local/local_options.h"

namespace waybill::store {

// How full a segment may be, in everything that bounds one: rows, terms, and bytes on disk and in memory while it is
// written. What is cut by these limits never meets those of the format, so no seal and no merge fails of them.
class SegmentLimits {
 public:
  explicit SegmentLimits(const LocalOptions& options);

  // How many rows a segment counts for when merges are chosen: `options.segment_rows_max` if it is full, by whichever
  // measure. The weights of several add up to no less than the weight of their merge.
  [[nodiscard]] std::uint64_t weight_of(const segment::Measure& measure) const;

  // Whether `row` may join what was written so far. REQUIRES: `row.terms` is what TermList::bytes() gives.
  [[nodiscard]] bool has_room(const segment::Measure& written, const segment::Row& row) const;

 private:
  std::uint64_t rows_max_;
  std::uint64_t terms_max_;
  std::uint64_t record_bytes_max_;
  std::uint64_t index_bytes_max_;
};

}  // namespace waybill::store
