#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "base/thread.h"
#include "obs/log.h"
#include "relay/queue_file.h"
#include "relay/receiver.h"
#include "relay/retry.h"

namespace waybill::relay {

// The queue's file in a data directory.
constexpr const char* kQueueFile = "relay.db";

struct RelaySettings {
  std::vector<ReceiverAddress> receivers = {};  // as parse_receiver gives them, each URL once
  std::chrono::milliseconds post_time_max{15'000};
  RetryRules retry = {};
  std::size_t posts_max = 8;  // under way at once to each receiver
  // Of each receiver's queue; what comes beyond goes to the dead letters.
  std::size_t queue_max = 100'000;
  std::size_t queue_bytes_max = 256UL * 1024 * 1024;
  DeadLimits dead = {};
  std::filesystem::path trust_file = {};  // whom to trust beside those the system knows; empty: nobody
  // Of callbacks that wait for the disk; those beyond are not forwarded.
  std::size_t arriving_bytes_max = 64UL * 1024 * 1024;
};

// What the relay works with. `clock`, `random` and `log` must outlive it.
struct RelayParts {
  const base::Clock& clock;
  base::Random& random;
  const obs::Log& log;
  AuthTokenOf auth_token_of;  // safe for concurrent use
  MakePoster make_poster;     // empty: over HTTP
};

// What the relay knows without its file, since the start and now.
struct RelayFigures {
  std::uint64_t lost = 0;          // callbacks that could not even be queued …
  std::uint64_t turned_away = 0;   // … of these, for want of room among those that wait for the disk
  std::size_t arriving_bytes = 0;  // of callbacks that wait for the disk
  std::uint64_t queued = 0;        // of all configured receivers
  std::uint64_t queued_bytes = 0;
};

struct RelayStatus {
  std::vector<ReceiverStatus> receivers;  // configured ones first
  std::uint64_t lost = 0;                 // callbacks that could not even be queued, since the start
  std::string stopped;                    // why nothing is queued or posted any more; empty while all is well
};

// Posts callbacks on to other receivers: takes them into a queue on disk, and from there posts them signed anew, in
// their order for each resource, until the receiver has taken them or they have become too old; those, and what finds
// the queue full, are kept as dead letters, of which the oldest go when there are too many. At least once: what was
// queued is posted after any crash, what was posted just before one a second time. Safe for concurrent use.
class Relay {
 public:
  // Opens or makes the file, and begins to post what it holds. Fails as QueueFile::open.
  static base::Result<std::unique_ptr<Relay>> open(const std::filesystem::path& folder, RelaySettings settings,
                                                   RelayParts parts);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  // Posts nothing new, waits a second or so for what is under way, and writes down what has become of it. Callbacks
  // that are still to be queued are queued.
  ~Relay();

  // Queues a callback for every receiver. `done` is called when it is on disk, or cannot be, which is counted and
  // logged: on a thread of the relay, or on the caller's at once. It must not block.
  void forward(Callback callback, std::function<void()> done);

  // Does not wait for the disk.
  [[nodiscard]] RelayFigures figures() const;

  // The following wait for the disk.

  // Queues callbacks for one receiver, or for all if `receiver` is empty: all of them or none. kNotFound if it is not
  // configured, kBusy while a queue has no room, kUnavailable if the queue has stopped.
  base::Result<void> enqueue(std::vector<Callback> callbacks, const std::string& receiver);
  base::Result<RelayStatus> status();
  base::Result<std::vector<DeadLetter>> dead(const DeadFilter& filter, std::size_t limit);
  // Puts dead letters of receivers that are configured back into their queues, as many as have room; how many.
  base::Result<std::size_t> revive(const DeadFilter& filter);
  base::Result<std::size_t> drop_dead(const DeadFilter& filter);
  // Forgets what is queued for a receiver, configured or not, but for what is on its way; for all if `url` is empty.
  base::Result<std::size_t> drop_queued(const std::string& url);

 private:
  struct Arrival {
    Callback callback;
    std::function<void()> done;
  };
  using Job = std::function<void(QueueFile&)>;
  // What the clerk has to do next.
  struct Work {
    std::vector<Arrival> arrivals;
    std::vector<Outcome> outcomes;
    std::vector<Job> jobs;
    bool is_idle = false;  // there has been nothing to do for a while
    bool is_last = false;
  };

  Relay(QueueFile file, const std::filesystem::path& path, RelaySettings settings, RelayParts parts);
  base::Result<void> load();
  void work();
  Work wait_for_work();
  void write(Work& work);
  Changes changes_of(Work& work);
  void place(const Callback& callback, base::WallTime now, std::vector<ReceiverStatus>& statuses, Changes& changes);
  base::Result<void> enqueue_now(QueueFile& file, const std::vector<Callback>& callbacks, const std::string& receiver);
  void settle(const Changes& changes, const base::Result<std::size_t>& done);
  void note_failure(const Changes& changes, const base::Error& error);
  void note_full(const ReceiverStatus& status, bool is_full);
  template <class T>
  base::Result<T> ask_clerk(std::function<base::Result<T>(QueueFile&)> question);
  [[nodiscard]] Receiver* find_receiver(const std::string& url) const;

  const RelaySettings settings_;
  const RelayParts parts_;
  const MakePoster make_poster_;
  std::atomic<bool> is_stopping_ = false;

  // The clerk's alone, once its thread runs.
  QueueFile file_;
  std::int64_t next_number_ = 1;
  std::map<std::string, ReceiverStatus> strangers_;  // receivers in the file that are not configured
  std::map<std::string, bool> is_full_;              // by receiver
  bool is_failing_ = false;                          // so that trouble is logged once
  std::vector<Outcome> unwritten_;                   // outcomes whose commit failed

  mutable base::Mutex mutex_;
  base::Condition changed_;

  std::vector<Arrival> arrivals_ GUARDED_BY(mutex_);
  std::size_t arriving_bytes_ GUARDED_BY(mutex_) = 0;
  std::vector<Outcome> outcomes_ GUARDED_BY(mutex_);
  std::vector<Job> jobs_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
  std::uint64_t turned_away_ GUARDED_BY(mutex_) = 0;
  bool is_turning_away_ GUARDED_BY(mutex_) = false;  // so that it is logged once each time
  std::string stopped_ GUARDED_BY(mutex_);
  bool is_tidy_ GUARDED_BY(mutex_) = true;
  bool is_ending_ GUARDED_BY(mutex_) = false;

  std::vector<std::unique_ptr<Receiver>> receivers_;
  base::Thread clerk_;
};

}  // namespace waybill::relay
