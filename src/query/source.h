#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "model/position.h"
#include "query/row_set.h"

namespace waybill::query {

// Immutable rows in key order and, for each term, the rows that have it: what a search runs over. Rows are numbered
// from 0 and lie in blocks of 2^block_bits (the last may be shorter), each small enough for a RowSet. Safe for
// concurrent use. Everything that reads may fail with kCorruption or kIo, naming file and place.
class Source {
 public:
  struct Summary {
    std::uint32_t rows = 0;  // at least 1
    std::uint32_t block_bits = 16;
    model::SortKey first_key;
    model::SortKey last_key;
    model::Position position_min = model::kNoPosition;
    model::Position position_max = model::kNoPosition;
  };
  struct PositionRange {
    model::Position min = model::kNoPosition;
    model::Position max = model::kNoPosition;
  };

  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  [[nodiscard]] virtual const Summary& summary() const = 0;

  // The number by which this source knows a term (query/term_key.h); nothing if no row has it. A probe.
  [[nodiscard]] virtual base::Result<std::optional<std::uint32_t>> find_term(std::string_view term_key) const = 0;

  // The rows of a block that have a term, numbered from the block's first; count 0 if none has. The view lives as long
  // as the source.
  [[nodiscard]] virtual base::Result<RowSet> rows(std::uint32_t term, std::uint32_t block) const = 0;

  // False only if no row of the block has all of these terms, as far as the source knows that without comparing rows.
  // REQUIRES: terms and block are the source's.
  [[nodiscard]] virtual base::Result<bool> may_meet(std::span<const std::uint32_t> terms,
                                                    std::uint32_t block) const = 0;

  // The smallest and the largest position in a block.
  [[nodiscard]] virtual base::Result<PositionRange> positions(std::uint32_t block) const = 0;

  [[nodiscard]] virtual base::Result<model::SortKey> key(std::uint32_t row) const = 0;

  // The first row whose key is not below `key`; the number of rows if there is none.
  [[nodiscard]] virtual base::Result<std::uint32_t> lower_bound(const model::SortKey& key) const = 0;
};

}  // namespace waybill::query
