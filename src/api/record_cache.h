#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/cache_figures.h"
#include "base/mutex.h"
#include "model/position.h"

namespace waybill::api {

// Records in their plain form, by the positions of their events, so that a page that is asked for again need not be
// inflated again. An event never changes, so an entry never becomes wrong. What is read once makes room first: a walk
// through all of history does not drive out what is read again and again. Safe for concurrent use.
class RecordCache {
 public:
  // Holds at most `bytes_max` of records and of what keeping them costs, and a hundredth of that to remember what it
  // gave up; with 0, nothing. Uses memory as it fills.
  explicit RecordCache(std::size_t bytes_max);
  RecordCache(const RecordCache&) = delete;
  RecordCache& operator=(const RecordCache&) = delete;
  ~RecordCache() = default;

  // A record, and the length it has in the store.
  struct Kept {
    std::shared_ptr<const std::string> plain;
    std::uint32_t stored_bytes = 0;
  };

  // The record of that event, if it is here.
  [[nodiscard]] std::optional<Kept> find(model::Position position);

  // Keeps a record, unless it is there already or too large a part of the whole.
  void insert(model::Position position, Kept record);

  // Forgets everything. A record that another thread is about to insert may come in behind it.
  void clear();

  // What is held now, in the sense of bytes_max.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] CacheFigures figures() const;

 private:
  struct Entry {
    std::uint64_t position = 0;
    Kept record;
    std::uint8_t uses = 0;  // since it came, or was last spared
  };

  // New entries queue in `fresh`, and move on to `kept` if they have been used by the time their turn comes; `kept`
  // spares what was used, and gives up the rest, in turn. What comes back soon after it was given up goes to `kept` at
  // once. (S3-FIFO: Yang and others, SOSP 2023.)
  class Shard {
   public:
    std::optional<Kept> find(std::uint64_t position);
    void insert(std::uint64_t position, Kept record, std::size_t bytes_max);
    void clear();
    [[nodiscard]] CacheFigures figures() const;

   private:
    void evict_fresh() REQUIRES_LOCK(mutex_);
    void evict_kept() REQUIRES_LOCK(mutex_);
    void drop(const Entry& entry) REQUIRES_LOCK(mutex_);
    std::uint64_t& dropped_place(std::uint64_t position) REQUIRES_LOCK(mutex_);

    mutable base::Mutex mutex_;

    std::unordered_map<std::uint64_t, Entry> entries_ GUARDED_BY(mutex_);
    std::deque<Entry*> fresh_ GUARDED_BY(mutex_);
    std::deque<Entry*> kept_ GUARDED_BY(mutex_);
    std::vector<std::uint64_t> dropped_ GUARDED_BY(mutex_);  // at its dropped_place, a position given up lately
    std::size_t fresh_bytes_ GUARDED_BY(mutex_) = 0;
    std::size_t bytes_ GUARDED_BY(mutex_) = 0;
    std::uint64_t hits_ GUARDED_BY(mutex_) = 0;
    std::uint64_t misses_ GUARDED_BY(mutex_) = 0;
  };

  // So many that threads rarely meet; the events of a page, whose positions are near each other, spread over them.
  static constexpr std::size_t kShards = 16;

  Shard& shard_of(model::Position position) { return shards_[to_number(position) % kShards]; }

  const std::size_t shard_bytes_max_;

  std::array<Shard, kShards> shards_;
};

}  // namespace waybill::api
