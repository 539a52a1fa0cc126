#include "api/page_cache.h"

#include <algorithm>

#include "base/crypto.h"

namespace waybill::api {
namespace {

// What an entry costs beside its texts: nodes, places in the table, and what malloc adds.
constexpr std::size_t kEntryBytes = 384;

// A page above an eighth of the whole is not worth what would have to go for it.
constexpr std::size_t kShareMax = 8;

// So many of the pages that were not found are remembered, each at the place its hash says.
constexpr std::size_t kLookedForMax = 4096;

std::size_t cost_of(const std::string& key, const http::SharedText& text) {
  return key.size() + text.text.size() + text.deflated.size() + kEntryBytes;
}

}  // namespace

std::size_t PageCache::Hash::operator()(std::string_view key) const { return base::hash64(key, hash_key); }

PageCache::PageCache(std::size_t bytes_max, std::uint64_t hash_key)
    : bytes_max_(bytes_max), hash_{hash_key}, places_(0, hash_) {}

std::shared_ptr<const http::SharedText> PageCache::find(const std::string& key) {
  if (bytes_max_ == 0) return nullptr;
  const base::MutexLock lock(mutex_);
  const auto at = places_.find(key);
  ++(at == places_.end() ? misses_ : hits_);
  if (at == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->second;
}

bool PageCache::is_wanted(const std::string& key) {
  if (bytes_max_ == 0) return false;
  const std::uint64_t hash = hash_(key);
  const base::MutexLock lock(mutex_);
  if (looked_for_.empty()) looked_for_.resize(kLookedForMax);
  return std::exchange(looked_for_[hash % kLookedForMax], hash) == hash;
}

void PageCache::insert(const std::string& key, std::shared_ptr<const http::SharedText> text) {
  const std::size_t cost = cost_of(key, *text);
  if (cost > bytes_max_ / kShareMax) return;
  const base::MutexLock lock(mutex_);
  if (places_.contains(key)) return;
  while (bytes_ + cost > bytes_max_) evict_last();
  entries_.emplace_front(key, std::move(text));
  places_.emplace(entries_.front().first, entries_.begin());
  bytes_ += cost;
}

void PageCache::evict_last() {
  const auto& [key, text] = entries_.back();
  bytes_ -= cost_of(key, *text);
  places_.erase(places_.find(key));
  entries_.pop_back();
}

void PageCache::clear() {
  const base::MutexLock lock(mutex_);
  places_.clear();
  entries_.clear();
  looked_for_.clear();
  bytes_ = 0;
}

std::size_t PageCache::bytes() const { return figures().bytes; }

CacheFigures PageCache::figures() const {
  const base::MutexLock lock(mutex_);
  return {bytes_, hits_, misses_};
}

std::size_t PageCache::places_for_test() const {
  const base::MutexLock lock(mutex_);
  return places_.bucket_count();
}

std::size_t PageCache::fullest_place_for_test() const {
  const base::MutexLock lock(mutex_);
  std::size_t fullest = 0;
  for (std::size_t i = 0; i < places_.bucket_count(); ++i) fullest = std::max(fullest, places_.bucket_size(i));
  return fullest;
}

}  // namespace waybill::api
