#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/position.h"
#include "model/sid.h"
#include "query/run.h"
#include "query/search.h"

namespace waybill::store {

// An event that is committed and not sealed yet.
struct TailEvent {
  query::IndexedRow row;
  model::EventSid sid{model::SidBytes{}};
  std::string record;
};

// About how many bytes of memory an event takes in the tail, with its share of the index and of the table of sids.
std::size_t memory_of(const TailEvent& event);

// Events of neighbouring positions with an index over them. Immutable.
struct TailRun {
  std::shared_ptr<const query::Run> index;
  std::vector<const TailEvent*> events;  // by the index's rows
  std::vector<std::shared_ptr<const std::vector<TailEvent>>> memory;
  std::size_t bytes = 0;  // memory_of() all its events
};

using TailRuns = std::vector<std::shared_ptr<const TailRun>>;

// A state of the tail that no writing changes. Empty when made.
class TailView {
 public:
  TailView();

  // In the order of their positions.
  [[nodiscard]] const TailRuns& runs() const { return *runs_; }
  // The newest, in the order of their positions, behind all runs.
  [[nodiscard]] std::span<const TailEvent> loose() const { return {loose_->data(), loose_count_}; }
  [[nodiscard]] std::size_t size() const;
  // memory_of() all of them.
  [[nodiscard]] std::size_t bytes() const;

  // The loose events that match, in key order; `source` stands in each match, `row` is the number among loose().
  [[nodiscard]] std::vector<query::Match> find_loose(const query::Search& search, std::uint32_t source) const;
  // The event with this key, if it is here.
  [[nodiscard]] const TailEvent* find(const model::SortKey& key) const;

 private:
  friend class Tail;
  std::shared_ptr<const TailRuns> runs_;
  std::shared_ptr<const std::vector<TailEvent>> loose_;
  std::size_t loose_count_ = 0;
  std::size_t loose_bytes_ = 0;
};

// The index over the newest events, in memory. Events come in the order of their positions; the newest lie loose and
// are scanned, older ones are frozen into runs, small ones first, which are joined to large ones. For one thread at a
// time; views are for any number.
class Tail {
 public:
  // `hash_key` as for query::Run::build().
  explicit Tail(std::uint64_t hash_key);

  // REQUIRES: positions rise, above all earlier ones.
  void append(std::vector<TailEvent> events);

  // Moves the loose events into a run of their own. Frozen runs are never merged with later ones.
  void freeze();

  // Lets go of the first `count` runs of the view.
  void drop_runs(std::size_t count);

  [[nodiscard]] const TailView& view() const { return view_; }

 private:
  void freeze_loose();
  void add_run(std::shared_ptr<const std::vector<TailEvent>> memory);
  void join_small_runs();

  // Loose events stand in a vector that is never longer than it was reserved for, so that readers may look at its first
  // elements while the writer adds behind them.
  const std::uint64_t hash_key_;
  std::shared_ptr<std::vector<TailEvent>> loose_;
  TailRuns runs_;
  std::size_t small_runs_ = 0;  // at the end of runs_
  std::size_t small_rows_ = 0;  // of those
  TailView view_;
};

}  // namespace waybill::store
