#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "store/event_store.h"
#include "store/local/checkpointer.h"
#include "store/local/eraser.h"
#include "store/local/local_state.h"
#include "store/local/new_files.h"
#include "store/local/sql_rejects.h"

namespace waybill::store {

// Moves the oldest events of the tail into segments, joins small segments, and takes away what was erased or has
// expired: one step after the other, sealing first. Readers and the appender never wait for more than a short
// transaction.
class Upkeep {
 public:
  // What it works with beside the state. All must outlive it; `rejects` may be set later, before the first step.
  struct Parts {
    const std::unique_ptr<SqlRejects>& rejects;
    Eraser& eraser;
    Checkpointer& checkpointer;
  };
  Upkeep(LocalState& state, const Parts& parts)
      : state_(state), rejects_(parts.rejects), eraser_(parts.eraser), checkpointer_(parts.checkpointer) {}
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;
  // Ends after the step that runs.
  ~Upkeep();

  // Starts the thread that does the steps.
  void start();
  // Says that there may be something to do.
  void wake();

  // One step; false if there was nothing to do. Fails if the step could not be done. Safe for concurrent use: one step
  // at a time.
  base::Result<bool> step();
  // Steps until there is nothing to do.
  base::Result<void> run();

  // Makes expired for good what is older than its retention, unless that may still come back
  // (LocalState::removal_waits). Moves the marks also where no event is old enough yet. Safe for concurrent use. Errors
  // as list(); kStorageFull.
  base::Result<void> settle_marks();
  // The same, and remembers that the clock is believed, if it is: what a store does last.
  base::Result<void> settle();
  // Seals a tail that is large, before the thread is started. Fails as the step would.
  base::Result<void> seal_while_loading();

  // Why the last step failed; nothing while they succeed.
  [[nodiscard]] std::optional<base::Error> problem() const;

  // What each kind of step has done.
  [[nodiscard]] std::vector<UpkeepFigures> figures() const;

 private:
  // What expired events each workspace lost with a file: how many, and up to when.
  struct ExpiredPart {
    std::int64_t events = 0;
    base::WallTime last = base::kTimeMin;
    void add(base::WallTime time) {
      ++events;
      last = std::max(last, time);
    }
  };
  using Expired = std::map<model::WorkspaceNumber, ExpiredPart>;

  void work();
  [[nodiscard]] bool is_stopping() const;
  struct Step {
    const char* name;
    base::Result<bool> (Upkeep::*run)();
  };
  static constexpr std::size_t kSteps = 12;
  static constexpr std::size_t kFirstThatMayWait = 4;  // tidy_erasures
  static const std::array<Step, kSteps>& steps();

  base::Result<bool> next_step() REQUIRES_LOCK(step_mutex_);

  base::Result<bool> finish_install() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> recheck_damage() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> mend_sids() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> mend(const segment::SidFile& damaged, const Segments& segments) REQUIRES_LOCK(step_mutex_);
  base::Result<bool> seal() REQUIRES_LOCK(step_mutex_);
  base::Result<void> write_sealed(NewFiles& files, std::vector<const TailEvent*> events, Expired& expired);
  void forget_tail_sids(const TailRuns& runs, model::Position sealed_through);
  // Seals the tail if it is large, at times, while a step goes through many sids; fails if the store is being closed.
  base::Result<void> yield_at(std::uint64_t sids_seen) REQUIRES_LOCK(step_mutex_);
  base::Result<bool> trim() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> tidy_erasures() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> remove_erased() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> remove_obsolete() REQUIRES_LOCK(step_mutex_);
  base::Result<void> remove_listed() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> complete_erasure(const RecordedErasure& erasure) REQUIRES_LOCK(step_mutex_);
  base::Result<void> complete_in_table(std::uint64_t number, base::WallTime now) REQUIRES_LOCK(state_.writer);
  base::Result<bool> shrink_database(std::int64_t free_pages_max);
  std::int64_t free_pages_max();
  base::Result<bool> remove_expired() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> expire_rejects() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> removal_waits(base::WallTime now) REQUIRES_LOCK(step_mutex_);
  enum class Due : std::uint8_t { kAll, kWithEvents };
  base::Result<ExpiryMarks> find_due_marks(const View& view, base::WallTime now, Due which);
  base::Result<void> raise(const ExpiryMarks& due);
  base::Result<void> raise_marks_and_publish(const ExpiryMarks& raised) REQUIRES_LOCK(state_.writer);
  base::Result<void> write_time(base::WallTime now) REQUIRES_LOCK(state_.writer);
  base::Result<void> tell_of_doubt(const std::optional<ClockTrust::Doubt>& doubt, base::WallTime now)
      REQUIRES_LOCK(step_mutex_);
  base::Result<Removal> count_hidden(const View& view, base::WallTime now);
  static base::Result<void> uncount(sqlite::Connection& connection, const Expired& expired);
  void log_removal(const Expired& expired);
  base::Result<bool> merge_segments() REQUIRES_LOCK(step_mutex_);
  base::Result<bool> merge_sids() REQUIRES_LOCK(step_mutex_);

  base::Result<void> rewrite(const Segments& inputs) REQUIRES_LOCK(step_mutex_);
  base::Result<void> copy_rows(const Segments& inputs, NewFiles& files, Expired& expired) REQUIRES_LOCK(step_mutex_);
  base::Result<base::WallTime> oldest_needed_sid(const View& view);

  LocalState& state_;
  const std::unique_ptr<SqlRejects>& rejects_;
  Eraser& eraser_;
  Checkpointer& checkpointer_;

  base::Mutex step_mutex_;  // held for a whole step
  mutable base::Mutex mutex_;
  base::Condition woken_;
  base::Condition stopped_;  // apart from woken_: a pause after a failure ends early for nothing else

  bool trimming_ GUARDED_BY(step_mutex_) = true;                // a crash may have left something to trim
  std::set<std::uint64_t> unmendable_ GUARDED_BY(step_mutex_);  // sid files, by number
  base::SteadyTime next_recheck_ GUARDED_BY(step_mutex_){};
  base::SteadyTime next_tidying_ GUARDED_BY(step_mutex_){};
  base::SteadyTime next_expiry_ GUARDED_BY(step_mutex_){};
  base::SteadyTime next_reject_expiry_ GUARDED_BY(step_mutex_){};
  base::SteadyTime next_removal_ GUARDED_BY(step_mutex_){};
  base::SteadyTime next_trusted_time_ GUARDED_BY(step_mutex_){};
  std::optional<base::SteadyTime> told_of_doubt_ GUARDED_BY(step_mutex_);  // that would end then

  bool stopping_ GUARDED_BY(mutex_) = false;
  bool has_work_ GUARDED_BY(mutex_) = false;
  std::optional<base::Error> problem_ GUARDED_BY(mutex_);
  std::array<std::uint64_t, kSteps> done_ GUARDED_BY(mutex_){};
  std::array<base::SteadyTime::duration, kSteps> took_ GUARDED_BY(mutex_){};

  base::Thread thread_;
};

}  // namespace waybill::store
