#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "store/event_store.h"

namespace waybill::eventlog {

struct EventLogLimits {
  // Records that wait for the disk. Beyond it a unit is refused with kBusy: memory does not grow with a slow disk.
  std::size_t queued_bytes_max = 128UL * 1024 * 1024;
  // Events, and bytes of them, in one commit, unless one unit alone has more. A commit costs one sync whatever its
  // size; these bound how long the next one waits, and how much a transaction holds in memory.
  std::size_t commit_events_max = 4096;
  std::size_t commit_bytes_max = 16UL * 1024 * 1024;
};

// The road that a unit came by.
enum class Road : std::uint8_t {
  kPost,  // POST …/Events, and what a server writes of its own accord
  kCallback,
  kEventStream,
  kPull,
};
constexpr std::size_t kRoads = 4;

// What is counted of one road: events, by what became of them (store::UnitOutcome).
struct RoadMetrics {
  obs::Counter accepted;
  obs::Counter duplicates;
  obs::Counter variants;
  obs::Counter dropped;
  obs::Counter refused;  // not stored: whose commit failed, that found no room in the queue, or that never came so far
};

// What the log counts; those that are made by default count nothing.
struct EventLogMetrics {
  const base::Clock* clock = nullptr;  // none: nothing is timed
  obs::Histogram commit_seconds;       // with its sync
  std::array<RoadMetrics, kRoads> roads;
  obs::Counter unknown_members;
};

// The one door for new events. Units queue here; one appender thread takes what has gathered, commits it as one
// transaction and then answers each unit. A commit that fails for want of room, descriptors or memory, because another
// process holds the database, or because something that it needs cannot be read, fails its units and the next is tried.
// After a write, a sync or a commit that failed (kIo), here or in the store's upkeep, the log stops for good, because
// what the disk holds is no longer known: reading goes on. Safe for concurrent use.
class EventLog {
 public:
  // What became of a unit; on the appender's thread, or on the caller's if it was refused at once. Must not block, and
  // must not call back into the log.
  using Done = std::function<void(base::Result<store::UnitOutcome>)>;

  // `writer`, `log`, and the clock of `metrics` must outlive the event log, which is the only one to append to
  // `writer`.
  EventLog(store::EventWriter& writer, const obs::Log& log, EventLogLimits limits, EventLogMetrics metrics = {});
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  // Commits what is queued, then ends the thread.
  ~EventLog();

  // Queues a unit. `done` gets its outcome once it is on disk and visible; or kBusy if the queue is full, kUnavailable
  // if the log has stopped, kStorageFull, kIo or kCorruption if its commit failed (nothing of the unit is stored then).
  void append(store::Unit unit, Done done, Road road = Road::kPost);

  // The same, waiting for the outcome.
  base::Result<store::UnitOutcome> append_and_wait(store::Unit unit, Road road = Road::kPost);

  // Counts events that were refused, or kept aside, before they came here.
  void count_refused(Road road, std::size_t events) const { metrics_of(road).refused.add(static_cast<double>(events)); }
  // Counts members that events do not have and that were kept beside them. The first of a name is logged, for so many
  // names in all and so many of one call, and so much of the name.
  void note_unknown_members(std::span<const std::string> names, std::uint64_t count);
  static constexpr std::size_t kUnknownNamesMax = 100;
  static constexpr std::size_t kUnknownNamesOfOneCall = 5;
  static constexpr std::size_t kUnknownNameBytesMax = 100;

  // Bytes of units that wait for the disk.
  [[nodiscard]] std::size_t queued_bytes() const;

  // Why the log has stopped; nothing while it works.
  [[nodiscard]] std::optional<std::string> stopped() const;

 private:
  struct Entry {
    store::Unit unit;
    Done done;
    std::size_t bytes = 0;
    Road road = Road::kPost;
  };

  struct Size {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };

  std::optional<base::Error> queue(Entry& entry);
  [[nodiscard]] bool fits(const Size& taken, const Entry& next) const;
  void work();
  std::vector<Entry> take();
  void commit(std::vector<Entry> entries);
  [[nodiscard]] const RoadMetrics& metrics_of(Road road) const {
    return metrics_.roads[static_cast<std::size_t>(road)];
  }
  void count(std::span<const Entry> entries, std::span<const store::UnitOutcome> outcomes) const;
  void stop(const base::Error& error);

  store::EventWriter& writer_;
  const obs::Log& log_;
  const EventLogLimits limits_;
  const EventLogMetrics metrics_;

  mutable base::Mutex mutex_;
  base::Condition queued_;

  std::deque<Entry> queue_ GUARDED_BY(mutex_);
  std::size_t queued_bytes_ GUARDED_BY(mutex_) = 0;
  bool ending_ GUARDED_BY(mutex_) = false;
  std::optional<std::string> stopped_ GUARDED_BY(mutex_);
  std::set<std::string> unknown_names_ GUARDED_BY(mutex_);

  base::Thread appender_;
};

}  // namespace waybill::eventlog
