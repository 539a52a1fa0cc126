#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sqlite/connection.h"

namespace waybill::relay {

// A callback as it was taken in.
struct Callback {
  std::string account_sid;
  std::string event_sid;
  std::string resource_sid;  // callbacks of one resource are posted in their order; empty: no order
  std::string form;          // the body as it came
};

// A callback in the queue of one receiver.
struct Queued {
  std::int64_t number = 0;
  std::string receiver;  // its URL
  Callback callback;     // the form is left out where many are listed
  std::uint32_t bytes = 0;
  base::WallTime queued;
  std::uint32_t attempts = 0;
  base::WallTime retry;  // when the next attempt is due
  std::string problem;   // of the last attempt
};

// A callback that is not posted any more.
struct DeadLetter {
  std::int64_t number = 0;
  std::string receiver;
  Callback callback;  // the form is left out where many are listed
  base::WallTime queued;
  std::uint32_t attempts = 0;
  base::WallTime died;
  std::string reason;
};

// What one commit changes in the queue.
struct Changes {
  struct Retry {
    std::int64_t number = 0;
    base::WallTime retry;
    std::string problem;
  };
  struct Death {
    std::int64_t number = 0;
    base::WallTime died = {};
    std::string reason;
  };
  std::vector<Queued> added = {};            // their numbers are given by the caller
  std::vector<DeadLetter> refused = {};      // never queued; their numbers are given by the file
  std::vector<std::int64_t> delivered = {};  // leave the file
  std::vector<Retry> retried = {};           // have had one attempt more
  std::vector<Death> died = {};              // go to the dead letters, having had one attempt more
  [[nodiscard]] bool empty() const {
    return added.empty() && refused.empty() && delivered.empty() && retried.empty() && died.empty();
  }
};

// How many dead letters are kept; the oldest go first.
struct DeadLimits {
  std::size_t count_max = 10'000;
  std::size_t bytes_max = 64UL * 1024 * 1024;
};

// Which dead letters are meant: those of a receiver, and of certain numbers; of all, where they are empty.
struct DeadFilter {
  std::string receiver = {};
  std::vector<std::int64_t> numbers = {};
};

enum class FileUse { kWrite, kRead };

// The queue on disk, relay.db (docs/formats/relay.md). Not for concurrent use; several objects over one file are fine,
// one of which may write. Fails as sqlite::Connection does; kConflict if a later release wrote the file.
class QueueFile {
 public:
  // kWrite makes the file if it is missing; kRead answers kNotFound then.
  static base::Result<QueueFile> open(const std::filesystem::path& path, FileUse use);

  // All or nothing, on disk when it returns. Says how many dead letters had to go for want of room.
  base::Result<std::size_t> commit(const Changes& changes, const DeadLimits& limits);

  // The queue in its order, without forms.
  base::Result<void> for_each_queued(const std::function<void(const Queued&)>& visit);
  // One of it, whole; kNotFound.
  base::Result<Queued> get(std::int64_t number);
  // Greater than every number in the queue.
  base::Result<std::int64_t> next_number();

  // The newest dead letters, without forms, newest first.
  base::Result<std::vector<DeadLetter>> dead(const DeadFilter& filter, std::size_t limit);
  // How many there are for each receiver.
  base::Result<std::map<std::string, std::int64_t>> dead_counts();
  base::Result<std::size_t> drop_dead(const DeadFilter& filter);

  // Takes the oldest dead letters that the filter names, `limit` of them, back to the end of the queue, numbered from
  // `first_number` on, as if they had come at `now`. Gives what is in the queue then, without forms.
  base::Result<std::vector<Queued>> revive(const DeadFilter& filter, std::size_t limit, std::int64_t first_number,
                                           base::WallTime now);
  // Takes everything queued for a receiver (for all, if it is empty) out of the file, but for `kept`; says how many.
  base::Result<std::size_t> drop_queued(const std::string& receiver, std::span<const std::int64_t> kept);

  // Brings the write-ahead log into the database and empties it, so that no old form lies there.
  base::Result<void> tidy();

 private:
  explicit QueueFile(sqlite::Connection connection) : connection_(std::move(connection)) {}
  base::Result<void> add(std::span<const Queued> added);
  base::Result<void> refuse(std::span<const DeadLetter> refused);
  base::Result<void> leave(const Changes& changes);
  base::Result<std::size_t> trim_dead(const DeadLimits& limits);

  sqlite::Connection connection_;
};

}  // namespace waybill::relay
