#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/thread.h"
#include "obs/log.h"
#include "relay/poster.h"
#include "relay/queue_file.h"
#include "relay/retry.h"
#include "relay/schedule.h"

namespace waybill::relay {

// The Auth Token that callbacks of an account are signed with; nothing if the account has none.
using AuthTokenOf = std::function<std::optional<std::string>(const std::string& account_sid)>;

// What a receiver works with; all of it must outlive the receiver.
struct ReceiverParts {
  const base::Clock& clock;
  base::Random& random;
  const obs::Log& log;
  const AuthTokenOf& auth_token_of;
  const MakePoster& make_poster;
};

struct ReceiverSettings {
  ReceiverAddress address;
  std::filesystem::path file;  // the queue's
  RetryRules retry;
  std::size_t posts_max = 8;  // under way at once
};

// What became of an attempt.
struct Delivered {
  std::int64_t number = 0;
};
using Outcome = std::variant<Delivered, Changes::Retry, Changes::Death>;

struct ReceiverStatus {
  std::string url;
  bool is_configured = true;  // false: has callbacks in the file from an earlier time, which are not posted
  std::size_t queued = 0;     // those on their way included
  std::size_t queued_bytes = 0;
  std::size_t on_their_way = 0;
  std::optional<base::WallTime> oldest;
  std::int64_t dead = 0;
  std::uint64_t delivered = 0;  // since the start
  std::uint64_t failures = 0;   // attempts, since the start
  std::string problem;          // of the last attempt; empty if it was a delivery
};

// One that callbacks are posted to, and the threads that do it. While no answer at all comes from it, all its callbacks
// wait together. Safe for concurrent use.
class Receiver {
 public:
  // `report` is given every outcome, on one of this object's threads; it must not block.
  Receiver(ReceiverSettings settings, const ReceiverParts& parts, std::function<void(Outcome)> report);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  // Stops and joins.
  ~Receiver();

  // Posts nothing before.
  void start();
  // Posts nothing new from here on. What fails from then on counts as not tried; it may have been delivered.
  void stop();
  // Waits for what is under way. REQUIRES: stop() was called.
  void join();

  // Queues what lies in the file. REQUIRES: numbers rise from call to call.
  void add(const Queued& queued);
  // Forgets those that are not on their way; of those that are, their numbers.
  void clear();
  [[nodiscard]] std::vector<std::int64_t> on_their_way() const;

  [[nodiscard]] const std::string& url() const { return settings_.address.url; }
  [[nodiscard]] ReceiverStatus status() const;

 private:
  void work();
  std::optional<Waiting> next();
  std::optional<Verdict> attempt(std::optional<QueueFile>& file, Poster& poster, const Waiting& callback);
  std::optional<Outcome> settle(const Waiting& callback, const Verdict& verdict);
  std::optional<Outcome> settle_failure(const Waiting& callback, const Verdict& verdict) REQUIRES_LOCK(mutex_);
  std::chrono::milliseconds pause_of(const Waiting& callback, const Verdict& verdict) REQUIRES_LOCK(mutex_);
  void forget(std::int64_t number);

  const ReceiverSettings settings_;
  const ReceiverParts parts_;
  const std::function<void(Outcome)> report_;

  mutable base::Mutex mutex_;
  base::Condition changed_;

  Schedule schedule_ GUARDED_BY(mutex_);
  base::SteadyTime unreachable_until_ GUARDED_BY(mutex_);
  std::uint32_t unreachable_times_ GUARDED_BY(mutex_) = 0;
  std::uint64_t delivered_ GUARDED_BY(mutex_) = 0;
  std::uint64_t failures_ GUARDED_BY(mutex_) = 0;
  std::string problem_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::vector<base::Thread> threads_;
};

}  // namespace waybill::relay
