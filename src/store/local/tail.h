#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "model/position.h"
#include "query/run.h"

namespace waybill::store {

// The index over the newest events, in memory. Rows come in the order of their positions; the newest lie loose and are
// scanned, older ones are frozen into runs, small ones first, which are joined to large ones. One thread writes, any
// number read.
class Tail {
 public:
  // A state of the tail that no writing changes.
  struct View {
    std::shared_ptr<const std::vector<std::shared_ptr<const query::Run>>> runs;
    std::shared_ptr<const std::vector<query::IndexedRow>> loose_rows;
    std::size_t loose_count = 0;
    model::Position horizon = model::kNoPosition;

    [[nodiscard]] std::span<const query::IndexedRow> loose() const { return {loose_rows->data(), loose_count}; }
  };

  Tail();

  // Adds rows and lets readers see them, all at once. For one thread at a time.
  // REQUIRES: their positions rise, above all earlier ones, and end with `horizon`.
  void append(std::vector<query::IndexedRow> rows, model::Position horizon);

  [[nodiscard]] View view() const;

 private:
  void freeze_loose_rows();
  void join_small_runs();

  // Loose rows stand in a vector that is never longer than it was reserved for, so that readers may look at its first
  // rows while the writer adds behind them.
  std::shared_ptr<std::vector<query::IndexedRow>> loose_;
  std::vector<query::IndexedRow> small_rows_;  // of all small runs, for joining them
  std::vector<std::shared_ptr<const query::Run>> small_runs_;
  std::vector<std::shared_ptr<const query::Run>> large_runs_;

  mutable base::Mutex mutex_;

  View view_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
