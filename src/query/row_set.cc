#include "query/row_set.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace waybill::query {
namespace {

constexpr std::uint32_t kWordBits = 64;

// The part of a rising list that lies in [begin, end).
std::span<const std::uint16_t> part(std::span<const std::uint16_t> rows, std::uint32_t begin, std::uint32_t end) {
  const auto first = std::lower_bound(rows.begin(), rows.end(), begin);
  const auto last = std::lower_bound(first, rows.end(), end);
  return {first, last};
}

// Where `row` stands in a rising list, or would: searched in growing steps from the end at which the asking goes on,
// since the row that is asked for next is seldom far.
std::span<const std::uint16_t>::iterator find_near_begin(std::span<const std::uint16_t> rows, std::uint32_t row) {
  std::size_t reach = 1;
  while (reach < rows.size() && rows[reach - 1] < row) reach *= 2;
  const auto first = rows.begin() + static_cast<std::ptrdiff_t>(reach / 2);
  return std::lower_bound(first, rows.begin() + static_cast<std::ptrdiff_t>(std::min(reach, rows.size())), row);
}

std::span<const std::uint16_t>::iterator find_near_end(std::span<const std::uint16_t> rows, std::uint32_t row) {
  std::size_t reach = 1;
  while (reach < rows.size() && rows[rows.size() - reach] > row) reach *= 2;
  const auto last = rows.end() - static_cast<std::ptrdiff_t>(reach / 2);
  return std::lower_bound(rows.end() - static_cast<std::ptrdiff_t>(std::min(reach, rows.size())), last, row);
}

bool is_set(std::span<const std::uint64_t> bits, std::uint32_t row) {
  return (bits[row / kWordBits] >> (row % kWordBits) & 1U) != 0;
}

}  // namespace

bool has_row(const RowSet& set, std::uint32_t row) {
  if (!set.dense.empty()) return is_set(set.dense, row);
  return std::binary_search(set.sparse.begin(), set.sparse.end(), row);
}

Intersection::Intersection(std::vector<RowSet> sets, std::uint32_t begin, std::uint32_t end, model::Direction direction)
    : sets_(std::move(sets)),
      begin_(begin),
      end_(std::max(begin, end)),
      rising_(direction == model::Direction::kOldestFirst) {
  CHECK(!sets_.empty() && end <= kRunRowsMax);
  std::sort(sets_.begin(), sets_.end(), [](const RowSet& a, const RowSet& b) { return a.count < b.count; });
  for (RowSet& set : sets_) {
    if (set.dense.empty()) set.sparse = part(set.sparse, begin_, end_);
  }
  if (begin_ == end_) return;
  candidates_ = sets_.front().sparse;
  if (sets_.front().dense.empty()) return;
  word_index_ = (rising_ ? begin_ : end_ - 1) / kWordBits;
  word_ = common_word(word_index_);
}

std::optional<std::uint32_t> Intersection::next() {
  return sets_.front().dense.empty() ? next_of_sparse() : next_of_dense();
}

std::optional<std::uint32_t> Intersection::next_of_sparse() {
  while (!candidates_.empty()) {
    const std::uint32_t row = rising_ ? candidates_.front() : candidates_.back();
    candidates_ = rising_ ? candidates_.subspan(1) : candidates_.first(candidates_.size() - 1);
    if (others_have(row)) return row;
  }
  return std::nullopt;
}

bool Intersection::others_have(std::uint32_t row) {
  for (std::size_t i = 1; i < sets_.size(); ++i) {
    RowSet& set = sets_[i];
    if (!set.dense.empty()) {
      if (!is_set(set.dense, row)) return false;
      continue;
    }
    // What was passed cannot be asked for again, so the list shrinks with every look.
    const auto at = rising_ ? find_near_begin(set.sparse, row) : find_near_end(set.sparse, row);
    const bool has = at != set.sparse.end() && *at == row;
    set.sparse = rising_ ? std::span(at, set.sparse.end()) : std::span(set.sparse.begin(), has ? at + 1 : at);
    if (!has) return false;
  }
  return true;
}

std::uint64_t Intersection::common_word(std::uint32_t index) const {
  std::uint64_t word = ~0ULL;
  for (const RowSet& set : sets_) word &= set.dense[index];
  const std::uint32_t first_row = index * kWordBits;
  if (first_row < begin_) word &= ~0ULL << (begin_ - first_row);
  if (end_ - first_row < kWordBits) word &= (1ULL << (end_ - first_row)) - 1;
  return word;
}

std::optional<std::uint32_t> Intersection::next_of_dense() {
  if (begin_ == end_) return std::nullopt;
  const std::uint32_t last_index = (rising_ ? end_ - 1 : begin_) / kWordBits;
  while (word_ == 0) {
    if (word_index_ == last_index) return std::nullopt;
    word_index_ = rising_ ? word_index_ + 1 : word_index_ - 1;
    word_ = common_word(word_index_);
  }
  const auto bit = static_cast<std::uint32_t>(rising_ ? std::countr_zero(word_) : 63 - std::countl_zero(word_));
  word_ &= ~(1ULL << bit);
  return word_index_ * kWordBits + bit;
}

}  // namespace waybill::query
