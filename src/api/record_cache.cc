#include "api/record_cache.h"

#include <algorithm>
#include <utility>

namespace waybill::api {
namespace {

// What an entry costs beside its record: its node and its places in the table and a queue, with what malloc adds.
constexpr std::size_t kEntryBytes = 160;

// A record above an eighth of a shard is not worth what would have to go for it.
constexpr std::size_t kShareMax = 8;

// New entries wait in a quarter of a shard to be used.
constexpr std::size_t kFreshShare = 4;

// As many entries are remembered when they are gone as there are, or a few more.
constexpr std::size_t kBytesPerDropped = 1024;

constexpr std::uint8_t kUsesMax = 3;

// So many entries are spared in one go; the next one goes, used or not, so that no insertion takes long.
constexpr int kSparedMax = 64;

std::size_t cost_of(const RecordCache::Kept& record) { return record.plain->size() + kEntryBytes; }

static_assert(kFreshShare < kShareMax);

}  // namespace

RecordCache::RecordCache(std::size_t bytes_max) : shard_bytes_max_(bytes_max / kShards) {}

std::optional<RecordCache::Kept> RecordCache::find(model::Position position) {
  if (shard_bytes_max_ == 0) return std::nullopt;
  return shard_of(position).find(to_number(position));
}

void RecordCache::insert(model::Position position, Kept record) {
  if (cost_of(record) > shard_bytes_max_ / kShareMax) return;
  shard_of(position).insert(to_number(position), std::move(record), shard_bytes_max_);
}

void RecordCache::clear() {
  for (Shard& shard : shards_) shard.clear();
}

std::size_t RecordCache::bytes() const { return figures().bytes; }

CacheFigures RecordCache::figures() const {
  CacheFigures sum;
  for (const Shard& shard : shards_) {
    const CacheFigures figures = shard.figures();
    sum.bytes += figures.bytes;
    sum.hits += figures.hits;
    sum.misses += figures.misses;
  }
  return sum;
}

std::optional<RecordCache::Kept> RecordCache::Shard::find(std::uint64_t position) {
  const base::MutexLock lock(mutex_);
  const auto at = entries_.find(position);
  ++(at == entries_.end() ? misses_ : hits_);
  if (at == entries_.end()) return std::nullopt;
  Entry& entry = at->second;
  entry.uses = std::min<std::uint8_t>(kUsesMax, entry.uses + 1);
  return entry.record;
}

void RecordCache::Shard::insert(std::uint64_t position, Kept record, std::size_t bytes_max) {
  const base::MutexLock lock(mutex_);
  const auto [at, is_new] = entries_.try_emplace(position);
  if (!is_new) return;
  if (dropped_.empty()) dropped_.resize(bytes_max / kBytesPerDropped + 1);
  const bool comes_back = dropped_place(position) == position;
  const std::size_t cost = cost_of(record);
  bytes_ += cost;
  if (!comes_back) fresh_bytes_ += cost;
  while (bytes_ > bytes_max) {
    // The newcomer is in no queue yet, so a turn never comes to it; and it is so small that the queue whose turn it is
    // has others.
    const bool is_fresh_turn = kept_.empty() || fresh_bytes_ > bytes_max / kFreshShare;
    is_fresh_turn ? evict_fresh() : evict_kept();
  }
  at->second.position = position;
  at->second.record = std::move(record);
  (comes_back ? kept_ : fresh_).push_back(&at->second);
}

// Lets the oldest new entry go, or on to the kept ones if it has been used.
void RecordCache::Shard::evict_fresh() {
  Entry* const entry = fresh_.front();
  fresh_.pop_front();
  fresh_bytes_ -= cost_of(entry->record);
  if (entry->uses == 0) return drop(*entry);
  entry->uses = 0;
  kept_.push_back(entry);
}

// Lets one kept entry go that has not been used since its last turn.
void RecordCache::Shard::evict_kept() {
  for (int spared = 0;; ++spared) {
    Entry* const entry = kept_.front();
    kept_.pop_front();
    if (entry->uses == 0 || spared == kSparedMax) return drop(*entry);
    --entry->uses;
    kept_.push_back(entry);
  }
}

void RecordCache::Shard::drop(const Entry& entry) {
  bytes_ -= cost_of(entry.record);
  dropped_place(entry.position) = entry.position;
  entries_.erase(entries_.find(entry.position));
}

std::uint64_t& RecordCache::Shard::dropped_place(std::uint64_t position) {
  return dropped_[position / kShards % dropped_.size()];
}

void RecordCache::Shard::clear() {
  const base::MutexLock lock(mutex_);
  dropped_.clear();
  fresh_.clear();
  kept_.clear();
  entries_.clear();
  fresh_bytes_ = 0;
  bytes_ = 0;
}

CacheFigures RecordCache::Shard::figures() const {
  const base::MutexLock lock(mutex_);
  return {bytes_, hits_, misses_};
}

}  // namespace waybill::api
