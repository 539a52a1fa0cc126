#include "api/guess_watch.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "base/crypto.h"

namespace waybill::api {

std::optional<std::chrono::seconds> GuessWatch::wait_of(const std::string& address, base::SteadyTime now) {
  const base::MutexLock lock(mutex_);
  const auto at = records_.find(address);
  if (at == records_.end() || at->second.free_from <= now) return std::nullopt;
  refused_.fetch_add(1, std::memory_order_relaxed);
  return std::chrono::ceil<std::chrono::seconds>(at->second.free_from - now);
}

void GuessWatch::was_wrong(const std::string& address, std::string_view credentials, base::SteadyTime now) {
  constexpr std::size_t kDoublingsMax = 16;
  const base::Sha256 digest = base::sha256(credentials);
  const auto hash = base::get_le<std::uint64_t>(base::as_text(digest), 0);
  const base::MutexLock lock(mutex_);
  Record& record = record_of(address, now);
  has_records_.store(true, std::memory_order_relaxed);
  if (std::find(record.seen.begin(), record.seen.end(), hash) != record.seen.end()) return;
  record.seen[record.guesses % kRemembered] = hash;
  record.last = now;
  ++record.guesses;
  guesses_.fetch_add(1, std::memory_order_relaxed);
  if (record.guesses <= limits_.free) return;
  const std::size_t doublings = std::min(record.guesses - limits_.free - 1, kDoublingsMax);
  record.free_from =
      now + std::min<std::chrono::milliseconds>(std::chrono::seconds(1U << doublings), limits_.delay_max);
}

// The record of an address that guesses now. A new one, where there are too many, takes the place of the one that
// guessed longest ago, whichever that is: an attacker with so many addresses gains little.
GuessWatch::Record& GuessWatch::record_of(const std::string& address, base::SteadyTime now) {
  const auto known = records_.find(address);
  if (known == records_.end()) {
    if (records_.size() >= limits_.addresses_max) {
      records_.erase(oldest_first_.front());
      oldest_first_.pop_front();
    }
    oldest_first_.push_back(address);
    Record& record = records_[address];
    record.place = std::prev(oldest_first_.end());
    return record;
  }
  Record& record = known->second;
  oldest_first_.splice(oldest_first_.end(), oldest_first_, record.place);
  if (now - record.last > limits_.forgotten) {
    const auto place = record.place;
    record = {};
    record.place = place;
  }
  return record;
}

}  // namespace waybill::api
