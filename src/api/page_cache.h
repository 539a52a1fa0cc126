#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/cache_figures.h"
#include "base/mutex.h"
#include "http/message.h"

namespace waybill::api {

// The ends of answers, by all that they are made of: which events, and how they are shown. Events never change, so an
// entry never becomes wrong. Only what is asked for a second time is kept, so that a walk through all of history costs
// nothing; what was not asked for longest makes room. Safe for concurrent use.
class PageCache {
 public:
  // Holds at most `bytes_max` of texts, their compressed forms, keys and of what keeping them costs; with 0, nothing.
  // Keys are hashed with `hash_key`, which whoever chooses them must not know: they could make all of them collide.
  PageCache(std::size_t bytes_max, std::uint64_t hash_key);
  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;
  ~PageCache() = default;

  // Unset if it is not here.
  [[nodiscard]] std::shared_ptr<const http::SharedText> find(const std::string& key);

  // Whether what find() did not find should be inserted: it was looked for before, and not long ago.
  [[nodiscard]] bool is_wanted(const std::string& key);

  // Keeps it, unless it is there already or too large a part of the whole.
  void insert(const std::string& key, std::shared_ptr<const http::SharedText> text);

  // Forgets everything. What another thread is about to insert may come in behind it.
  void clear();

  // What is held now, in the sense of bytes_max.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] CacheFigures figures() const;

  // How many places the table has, and how many entries share the fullest one.
  [[nodiscard]] std::size_t places_for_test() const;
  [[nodiscard]] std::size_t fullest_place_for_test() const;

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const http::SharedText>>;
  struct Hash {
    std::uint64_t hash_key;
    std::size_t operator()(std::string_view key) const;
  };

  void evict_last() REQUIRES_LOCK(mutex_);

  const std::size_t bytes_max_;
  const Hash hash_;

  mutable base::Mutex mutex_;

  std::list<Entry> entries_ GUARDED_BY(mutex_);  // what was asked for last stands first
  // The keys are those of the entries.
  std::unordered_map<std::string_view, std::list<Entry>::iterator, Hash> places_ GUARDED_BY(mutex_);
  std::vector<std::uint64_t> looked_for_ GUARDED_BY(mutex_);  // hashes of keys that were not found
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t hits_ GUARDED_BY(mutex_) = 0;
  std::uint64_t misses_ GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::api
