#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/position.h"
#include "model/term.h"
#include "model/workspace.h"
#include "query/row_set.h"
#include "query/source.h"

namespace waybill::query {

// One event as an index sees it: its place in the order, and what it is found by.
struct IndexedRow {
  model::SortKey key;
  model::WorkspaceNumber workspace{};
  model::TermList terms;
};

// An index over some events in memory: one block. Its reading never fails.
class Run final : public Source {
 public:
  // Indexes `rows`, which stand in key order and are numbered as they stand. Terms are hashed with `hash_key`, which
  // should be hard to guess where others choose the values: they must not be able to choose ones that collide.
  // REQUIRES: 1 to kRunRowsMax rows, no two with one position.
  static std::shared_ptr<const Run> build(std::span<const IndexedRow* const> rows, std::uint64_t hash_key);

  // Slots of the table that were looked at while it was built.
  [[nodiscard]] std::uint64_t probes_for_test() const { return probes_; }

  [[nodiscard]] const Summary& summary() const override { return summary_; }
  [[nodiscard]] base::Result<std::optional<std::uint32_t>> find_term(std::string_view term_key) const override;
  [[nodiscard]] base::Result<RowSet> rows(std::uint32_t term, std::uint32_t block) const override;
  // There are few runs, so their rows are compared.
  [[nodiscard]] base::Result<bool> may_meet(std::span<const std::uint32_t> /*terms*/,
                                            std::uint32_t /*block*/) const override {
    return true;
  }
  [[nodiscard]] base::Result<PositionRange> positions(std::uint32_t block) const override;
  [[nodiscard]] base::Result<model::SortKey> key(std::uint32_t row) const override { return keys_[row]; }
  [[nodiscard]] base::Result<std::uint32_t> lower_bound(const model::SortKey& key) const override;

 private:
  struct Term {
    std::uint64_t hash = 0;
    std::uint32_t text_at = 0;  // in texts_
    std::uint32_t text_length = 0;
    std::uint32_t rows_at = 0;  // in sparse_, or in dense_
    std::uint32_t count = 0;
  };

  explicit Run(std::uint64_t hash_key) : hash_key_(hash_key) {}
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  // Its slot, or the free one where it would stand; `probes` grows by the slots that were looked at.
  std::uint32_t slot_of(std::uint64_t hash, std::string_view text, std::uint64_t& probes) const;
  std::uint32_t intern(std::string_view text);
  void grow_slots();
  void place_rows(const std::vector<std::pair<std::uint32_t, std::uint16_t>>& term_rows);
  void summarize();

  const std::uint64_t hash_key_;
  std::uint64_t probes_ = 0;
  Summary summary_;
  std::vector<model::SortKey> keys_;
  std::vector<std::uint32_t> slots_;  // open addressing: 1 + index into terms_; 0 is free; at most half are taken
  std::vector<Term> terms_;
  std::string texts_;
  std::vector<std::uint16_t> sparse_;
  std::vector<std::uint64_t> dense_;
};

}  // namespace waybill::query
