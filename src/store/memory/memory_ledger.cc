#include "store/memory/memory_ledger.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "store/ledger_rules.h"

namespace waybill::store {

using base::MutexLock;

base::Result<void> MemoryLedger::record_pull(const Pull& pull) {
  TRY(check_span(pull.from, pull.to));
  const MutexLock lock(mutex_);
  add_pull(pulls_[{{pull.subject.account, pull.subject.workspace}, pull.source}], pull);
  return {};
}

base::Result<void> MemoryLedger::record_gap(const Gap& gap) {
  TRY(check_span(gap.from, gap.to));
  const MutexLock lock(mutex_);
  add_gap(gaps_, gap);
  return {};
}

base::Result<void> MemoryLedger::record_feeds(std::span<const Feed> feeds) {
  for (const Feed& feed : feeds) TRY(check_span(feed.first, feed.last));
  const MutexLock lock(mutex_);
  for (const Feed& feed : feeds) {
    const Key key{feed.subject.account, feed.subject.workspace};
    const auto [at, is_new] = feeds_.try_emplace({key, feed.road}, feed);
    if (is_new) continue;
    at->second.first = std::min(at->second.first, feed.first);
    at->second.last = std::max(at->second.last, feed.last);
    at->second.events += feed.events;
  }
  return {};
}

base::Result<void> MemoryLedger::record_alive(base::WallTime now) {
  const MutexLock lock(mutex_);
  alive_ = now;
  return {};
}

base::Result<std::vector<Pull>> MemoryLedger::pulls(const LedgerSubject& subject) const {
  const MutexLock lock(mutex_);
  std::vector<Pull> out;
  for (const auto& [key, pulls] : pulls_) {
    if (key.first == Key{subject.account, subject.workspace}) out.insert(out.end(), pulls.begin(), pulls.end());
  }
  std::sort(out.begin(), out.end(),
            [](const Pull& a, const Pull& b) { return std::tie(a.from, a.source) < std::tie(b.from, b.source); });
  return out;
}

base::Result<std::vector<Gap>> MemoryLedger::gaps(const LedgerSubject& subject) const {
  const MutexLock lock(mutex_);
  std::vector<Gap> out;
  for (const Gap& gap : gaps_) {
    if (!gap.subject || *gap.subject == subject) out.push_back(gap);
  }
  std::sort(out.begin(), out.end(), [](const Gap& a, const Gap& b) {
    return std::tie(a.from, a.to, a.reason, a.detail) < std::tie(b.from, b.to, b.reason, b.detail);
  });
  return out;
}

base::Result<std::vector<Feed>> MemoryLedger::feeds(const LedgerSubject& subject) const {
  const MutexLock lock(mutex_);
  std::vector<Feed> out;
  for (const auto& [key, feed] : feeds_) {
    if (feed.subject == subject) out.push_back(feed);
  }
  return out;
}

base::Result<std::vector<LedgerSubject>> MemoryLedger::subjects() const {
  const MutexLock lock(mutex_);
  std::set<Key> keys;
  for (const auto& [key, pulls] : pulls_) {
    if (!pulls.empty()) keys.insert(key.first);
  }
  for (const Gap& gap : gaps_) {
    if (gap.subject) keys.insert({gap.subject->account, gap.subject->workspace});
  }
  for (const auto& [key, feed] : feeds_) keys.insert(key.first);
  std::vector<LedgerSubject> out;
  out.reserve(keys.size());
  for (const auto& [account, workspace] : keys) out.push_back({account, workspace});
  return out;
}

base::Result<std::optional<base::WallTime>> MemoryLedger::last_alive() const {
  const MutexLock lock(mutex_);
  return alive_;
}

}  // namespace waybill::store
