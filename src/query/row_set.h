#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/event_query.h"

namespace waybill::query {

// A run numbers its rows with 16 bits.
constexpr std::uint32_t kRunRowsMax = 65'536;

// The rows of a run that have one term, as a view of somebody else's memory: either a rising list of row numbers, or,
// where that is shorter, a bit for every row of the run. Which of the two depends on `count` alone (is_dense), so of
// two sets of one run the dense one is never the smaller.
struct RowSet {
  std::uint32_t count = 0;
  std::span<const std::uint16_t> sparse;
  std::span<const std::uint64_t> dense;
};

// Whether `row` is in the set.
bool has_row(const RowSet& set, std::uint32_t row);

// Whether a set of `count` rows in a run of `rows` is kept as bits: a row number costs as much as sixteen of them.
constexpr bool is_dense(std::uint32_t count, std::uint32_t rows) { return count * 16ULL > rows; }

// The rows that all sets have in common, one after the other, within [begin, end), rising or falling. The work is
// bounded by the smallest set: its rows are looked up in the others, a chunk of them at a time, and where all are bits,
// words are ANDed.
class Intersection {
 public:
  // REQUIRES: at least one set, all of one run of at most kRunRowsMax rows; their memory outlives this object.
  Intersection(std::vector<RowSet> sets, std::uint32_t begin, std::uint32_t end, model::Direction direction);

  // The next common row; nothing at the end, and from then on.
  std::optional<std::uint32_t> next();

 private:
  static constexpr std::size_t kChunkRows = 128;

  std::optional<std::uint32_t> next_of_sparse();
  std::optional<std::uint32_t> next_of_dense();
  void fill_chunk();
  std::span<const std::uint16_t> take_reach(RowSet& set, std::uint32_t first_row, std::uint32_t last_row) const;
  [[nodiscard]] std::uint64_t common_word(std::uint32_t index) const;

  std::vector<RowSet> sets_;  // the smallest first
  std::uint32_t begin_;
  std::uint32_t end_;
  bool rising_;
  // Smallest set sparse: what is left of it, and which rows of the chunk taken last are found and not yet returned.
  std::span<const std::uint16_t> candidates_;
  std::array<std::uint16_t, kChunkRows> chunk_{};
  std::size_t chunk_begin_ = 0;
  std::size_t chunk_end_ = 0;
  std::uint32_t word_index_ = 0;  // smallest set dense: where `word_` comes from
  std::uint64_t word_ = 0;        // its rows not yet returned
};

}  // namespace waybill::query
