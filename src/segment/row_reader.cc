#include "segment/row_reader.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "segment/columns.h"
#include "segment/terms.h"

namespace waybill::segment {
namespace {

constexpr std::uint64_t kStreamBytes = 1ULL << 20U;

// Reads records that lie one behind the other in large pieces.
class RecordStream {
 public:
  explicit RecordStream(const SegmentFile& segment) : segment_(segment) {}

  // The bytes at a place; the view lives until the next call. REQUIRES: the place lies within the records.
  base::Result<std::string_view> read(const Place& place) {
    const std::uint64_t end = begin_ + buffer_.size();
    if (place.offset < begin_ || place.offset + place.length > end) TRY(fill(place));
    return std::string_view(buffer_).substr(place.offset - begin_, place.length);
  }

 private:
  base::Result<void> fill(const Place& place) {
    const Place& records = segment_.layout().place(Section::kRecords);
    const std::uint64_t left = records.offset + records.length - place.offset;
    const std::uint64_t length = std::min(left, std::max(kStreamBytes, place.length));
    buffer_.resize(length);
    begin_ = place.offset;
    TRY(segment_.file().read(begin_, buffer_));
    if (left > length) segment_.file().will_need(begin_ + length, std::min(left - length, kStreamBytes));
    return {};
  }

  const SegmentFile& segment_;
  std::uint64_t begin_ = 0;
  std::string buffer_;
};

// The terms of a block's rows: the lists of rows, turned around.
class BlockTerms {
 public:
  explicit BlockTerms(const SegmentFile& segment) : segment_(segment) {}

  // Takes up a block; `terms` are those with rows in it, by rising number, which is the order of dimension and value.
  base::Result<void> load(std::uint32_t block, std::span<const std::uint32_t> terms) {
    rows_ = segment_.layout().rows_of(block);
    starts_.assign(rows_ + 1, 0);
    TRY(load_terms(block, terms));
    for (const query::RowSet& set : sets_) TRY(each_row(set, [&](std::uint32_t row) { ++starts_[row + 1]; }));
    for (std::uint32_t row = 0; row < rows_; ++row) starts_[row + 1] += starts_[row];
    refs_.assign(starts_.back(), 0);
    cursors_.assign(starts_.begin(), starts_.end() - 1);
    for (std::uint32_t i = 0; i < sets_.size(); ++i) {
      TRY(each_row(sets_[i], [&](std::uint32_t row) {
        // Where the disk fails between the two looks, the second sees something else.
        if (cursors_[row] < starts_[row + 1]) refs_[cursors_[row]++] = i;
      }));
    }
    return {};
  }

  // Puts the workspace and the terms of the block's row into `row`; the view lives until the next call.
  base::Result<void> give(std::uint32_t number, Row& row) {
    bytes_.clear();
    bool has_workspace = false;
    for (std::uint32_t at = starts_[number]; at < starts_[number + 1]; ++at) {
      const Term& term = terms_[refs_[at]];
      if (at == starts_[number] && term.dimension == 0) {
        row.workspace = model::WorkspaceNumber{term.workspace};
        has_workspace = true;
        continue;
      }
      if (term.dimension == 0 || model::WorkspaceNumber{term.workspace} != row.workspace) has_workspace = false;
      bytes_ += static_cast<char>(term.dimension);
      bytes_ += static_cast<char>(term.value.size());
      bytes_ += term.value;
    }
    row.terms = bytes_;
    if (!has_workspace) return segment_.corrupt(Section::kTerms, 0, "a row is not in one workspace");
    return {};
  }

 private:
  struct Term {
    std::uint32_t workspace = 0;
    std::uint8_t dimension = 0;
    std::string_view value;
  };

  base::Result<void> load_terms(std::uint32_t block, std::span<const std::uint32_t> numbers) {
    terms_.clear();
    sets_.clear();
    for (const std::uint32_t number : numbers) {
      TRY_ASSIGN(const TermEntry entry, read_term(segment_, number));
      TRY_ASSIGN(const std::string_view value, read_term_value(segment_, entry));
      TRY_ASSIGN(const query::RowSet set, read_rows(segment_, number, block));
      terms_.push_back({entry.workspace, entry.dimension, value});
      sets_.push_back(set);
    }
    return {};
  }

  template <class Visit>
  base::Result<void> each_row(const query::RowSet& set, const Visit& visit) {
    for (const std::uint16_t row : set.sparse) visit(row);
    for (std::uint32_t i = 0; i < set.dense.size(); ++i) {
      for (std::uint64_t word = set.dense[i]; word != 0; word &= word - 1) {
        const std::uint32_t row = i * 64 + static_cast<std::uint32_t>(std::countr_zero(word));
        if (row >= rows_) return segment_.corrupt(Section::kBitmaps, 0, "a bit is set beyond its block's end");
        visit(row);
      }
    }
    return {};
  }

  const SegmentFile& segment_;
  std::uint32_t rows_ = 0;
  std::vector<Term> terms_;
  std::vector<query::RowSet> sets_;
  std::vector<std::uint32_t> starts_;   // of each row's part of refs_
  std::vector<std::uint32_t> cursors_;  // of each row: where the next goes
  std::vector<std::uint32_t> refs_;     // indexes into terms_
  std::string bytes_;
};

// For each block the terms that have rows in it, by rising number.
base::Result<std::vector<std::vector<std::uint32_t>>> terms_of_blocks(const SegmentFile& segment) {
  const std::uint32_t blocks = segment.layout().blocks();
  std::vector<std::vector<std::uint32_t>> out(blocks);
  for (std::uint32_t term = 0; term < segment.layout().terms; ++term) {
    TRY_ASSIGN(const TermEntry entry, read_term(segment, term));
    const auto add = [&](std::uint32_t block) -> base::Result<void> {
      if (block >= blocks || (!out[block].empty() && out[block].back() == term)) {
        return segment.corrupt(Section::kTerms, std::uint64_t{term} * kTermBytes, "the blocks of a term are wrong");
      }
      out[block].push_back(term);
      return {};
    };
    if (entry.kind == TermKind::kOne) {
      TRY(add(entry.where >> 16U));
    } else if (entry.kind == TermKind::kShort) {
      TRY_ASSIGN(const std::string_view head,
                 segment.bytes(Section::kLists, std::uint64_t{entry.where} * kListUnit, kListUnit));
      TRY(add(base::get_le<std::uint16_t>(head, 0)));
    } else {
      TRY_ASSIGN(const std::string_view directory, read_directory(segment, entry));
      for (std::size_t at = 0; at < directory.size(); at += kContainerBytes) {
        TRY(add(base::get_le<std::uint16_t>(directory, at)));
      }
    }
  }
  return out;
}

}  // namespace

class RowReader::Impl {
 public:
  explicit Impl(const SegmentFile& segment) : segment_(segment), stream_(segment), block_terms_(segment) {}

  base::Result<bool> next() {
    const Layout& layout = segment_.layout();
    if (number_ == layout.summary.rows) return false;
    if (number_ == 0) TRY(begin());
    const std::uint32_t block = number_ >> layout.summary.block_bits;
    const std::uint32_t in_block = number_ & (layout.block_rows() - 1);
    if (in_block == 0) TRY(block_terms_.load(block, std::exchange(terms_[block], {})));
    TRY_ASSIGN(row_.key, read_key(segment_, number_));
    TRY_ASSIGN(row_.sid, read_sid(segment_, number_));
    TRY_ASSIGN(const Place place, find_record(segment_, number_));
    TRY_ASSIGN(const std::string_view stored, stream_.read(place));
    TRY(restore_record(segment_, number_, stored, record_));
    TRY(block_terms_.give(in_block, row_));
    row_.record = record_;
    TRY(segment_.file().unharmed());
    ++number_;
    return true;
  }

  [[nodiscard]] const Row& row() const { return row_; }

 private:
  base::Result<void> begin() {
    const Place& records = segment_.layout().place(Section::kRecords);
    segment_.file().will_need(records.offset + records.length,
                              segment_.file().data_bytes() - records.offset - records.length);
    TRY_ASSIGN(terms_, terms_of_blocks(segment_));
    return {};
  }

  const SegmentFile& segment_;
  std::vector<std::vector<std::uint32_t>> terms_;
  RecordStream stream_;
  BlockTerms block_terms_;
  std::string record_;
  std::uint32_t number_ = 0;
  Row row_;
};

RowReader::RowReader(const SegmentFile& segment) : impl_(std::make_unique<Impl>(segment)) {}
RowReader::~RowReader() = default;

base::Result<bool> RowReader::next() { return impl_->next(); }
const Row& RowReader::row() const { return impl_->row(); }

}  // namespace waybill::segment
