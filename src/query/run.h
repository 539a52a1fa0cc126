#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/position.h"
#include "query/row_set.h"

namespace waybill::query {

// One event as an index sees it: its place in the order, and the keys it is found by (query/term_key.h).
struct IndexedRow {
  model::SortKey key;
  std::vector<std::string> term_keys;
};

// An immutable index over some events: their keys in order, and for each term the rows that have it. Safe for
// concurrent use.
class Run {
 public:
  // Indexes `rows`, which may stand in any order. REQUIRES: 1 to kRunRowsMax rows, no two with one position.
  static std::shared_ptr<const Run> build(const std::vector<IndexedRow>& rows);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  [[nodiscard]] const model::SortKey& key(std::uint32_t row) const { return keys_[row]; }
  [[nodiscard]] const model::SortKey& first_key() const { return keys_.front(); }
  [[nodiscard]] const model::SortKey& last_key() const { return keys_.back(); }
  [[nodiscard]] model::Position position_max() const { return position_max_; }

  // The first row whose key is not below `key`; size() if there is none.
  [[nodiscard]] std::uint32_t lower_bound(const model::SortKey& key) const;

  // The rows that have a term; count 0 if none has. Costs one probe of a hash table. The view lives as long as the run.
  [[nodiscard]] RowSet find(std::string_view term_key) const;

 private:
  struct Term {
    std::uint64_t hash = 0;
    std::uint32_t text_at = 0;  // in texts_
    std::uint32_t text_length = 0;
    std::uint32_t rows_at = 0;  // in sparse_, or in dense_
    std::uint32_t count = 0;
  };

  Run() = default;
  [[nodiscard]] std::uint32_t slot_of(std::uint64_t hash, std::string_view text) const;
  std::uint32_t intern(std::string_view text);
  void grow_slots();
  void place_rows(const std::vector<std::pair<std::uint32_t, std::uint16_t>>& term_rows);

  std::vector<model::SortKey> keys_;
  model::Position position_max_ = model::kNoPosition;
  std::vector<std::uint32_t> slots_;  // open addressing: 1 + index into terms_; 0 is free; at most half are taken
  std::vector<Term> terms_;
  std::string texts_;
  std::vector<std::uint16_t> sparse_;
  std::vector<std::uint64_t> dense_;
};

}  // namespace waybill::query
