#include "query/row_set.h"

#include <algorithm>
#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

// Where `row` stands in a rising list, or would: searched in growing steps from one end, since the row that is asked
// for next is seldom far.
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

// So many numbers of a list are compared at once, or passed at once: few enough to be cheap, and so many that whether
// the next row is among them is seldom in doubt.
constexpr std::size_t kBatch = 32;

// Whether one of the kBatch numbers at `numbers` is `row`.
bool has_among_batch(const std::uint16_t* numbers, std::uint16_t row) {
#ifdef __SSE2__
  constexpr std::size_t kLanes = sizeof(__m128i) / sizeof(std::uint16_t);
  const __m128i wanted = _mm_set1_epi16(static_cast<std::int16_t>(row));
  __m128i found = _mm_setzero_si128();
  for (std::size_t i = 0; i < kBatch; i += kLanes) {
    const __m128i lanes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(numbers + i));
    found = _mm_or_si128(found, _mm_cmpeq_epi16(lanes, wanted));
  }
  return _mm_movemask_epi8(found) != 0;
#else
  return std::find(numbers, numbers + kBatch, row) != numbers + kBatch;
#endif
}

// Where a list is so many times as long, its rows are searched for rather than passed.
constexpr std::size_t kSearchedRatio = 64;

// Keeps of some rising rows those that a rising list has, in their order, and says how many they are.
std::size_t keep_listed(std::span<std::uint16_t> rows, std::span<const std::uint16_t> list) {
  const bool is_searched = list.size() / rows.size() >= kSearchedRatio;
  std::size_t kept = 0;
  std::size_t next = 0;
  for (; next < rows.size(); ++next) {
    const std::uint16_t row = rows[next];
    if (is_searched) {
      list = {find_near_begin(list, row), list.end()};
    } else {
      while (list.size() >= kBatch && list[kBatch - 1] < row) list = list.subspan(kBatch);
    }
    if (list.size() < kBatch) break;
    rows[kept] = row;
    kept += has_among_batch(list.data(), row) ? 1 : 0;
  }
  if (next == rows.size() || list.empty()) return kept;
  // What is left of the list, filled up to a batch with what it has anyway.
  std::array<std::uint16_t, kBatch> rest{};
  rest.fill(list.back());
  std::copy(list.begin(), list.end(), rest.begin());
  for (; next < rows.size(); ++next) {
    const std::uint16_t row = rows[next];
    rows[kept] = row;
    kept += has_among_batch(rest.data(), row) ? 1 : 0;
  }
  return kept;
}

// The same where the set is bits.
std::size_t keep_set(std::span<std::uint16_t> rows, std::span<const std::uint64_t> bits) {
  std::size_t kept = 0;
  for (const std::uint16_t row : rows) {
    rows[kept] = row;
    kept += is_set(bits, row) ? 1 : 0;
  }
  return kept;
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
  while (chunk_begin_ == chunk_end_) {
    if (candidates_.empty()) return std::nullopt;
    fill_chunk();
  }
  return rising_ ? chunk_[chunk_begin_++] : chunk_[--chunk_end_];
}

// Takes the next candidates, and keeps those that all sets have.
void Intersection::fill_chunk() {
  const std::size_t count = std::min(candidates_.size(), chunk_.size());
  const auto taken = rising_ ? candidates_.first(count) : candidates_.last(count);
  candidates_ = rising_ ? candidates_.subspan(count) : candidates_.first(candidates_.size() - count);
  std::copy(taken.begin(), taken.end(), chunk_.begin());
  std::span<std::uint16_t> kept(chunk_.data(), count);
  for (std::size_t i = 1; i < sets_.size() && !kept.empty(); ++i) {
    RowSet& set = sets_[i];
    kept = kept.first(set.dense.empty() ? keep_listed(kept, take_reach(set, kept.front(), kept.back()))
                                        : keep_set(kept, set.dense));
  }
  chunk_begin_ = 0;
  chunk_end_ = kept.size();
}

// The part of a list in which rows from the first to the last may be. What was passed cannot be asked for again, so the
// list shrinks with every look.
std::span<const std::uint16_t> Intersection::take_reach(RowSet& set, std::uint32_t first_row,
                                                        std::uint32_t last_row) const {
  const auto all = set.sparse;
  if (rising_) {
    const auto first = find_near_begin(all, first_row);
    const auto last = find_near_begin({first, all.end()}, last_row + 1);
    set.sparse = {last, all.end()};
    return {first, last};
  }
  const auto last = find_near_end(all, last_row + 1);
  const auto first = find_near_end({all.begin(), last}, first_row);
  set.sparse = {all.begin(), first};
  return {first, last};
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
