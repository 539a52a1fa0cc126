#include "store/memory/memory_ledger.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "store/ledger_rules.h"

namespace waybill::store {

using base::MutexLock;

base::Result<void> MemoryLedger::add(const Pull& pull, Teller teller) {
  TRY(check_span(pull.from, pull.to));
  const MutexLock lock(mutex_);
  const SourceKey key{{pull.subject.account, pull.subject.workspace}, pull.source};
  const auto known = pulls_.find(key);
  const std::vector<Pull> before = known == pulls_.end() ? std::vector<Pull>() : known->second;
  std::vector<Pull> after = before;
  add_pull(after, pull);
  const LedgerSize growth = growth_of(before, after);
  if (teller == Teller::kClient) TRY(usage_.check(pull.subject, growth));
  pulls_[key] = std::move(after);
  usage_.note(pull.subject, growth);
  return {};
}

base::Result<void> MemoryLedger::add(const Gap& gap, Teller teller) {
  TRY(check_span(gap.from, gap.to));
  const MutexLock lock(mutex_);
  std::vector<Gap> after = gaps_;
  add_gap(after, gap);
  LedgerSize growth = growth_of(gaps_, after);
  if (teller == Teller::kClient && gap.subject) TRY(usage_.check(*gap.subject, growth));
  if (growth.gaps > 0 && usage_.is_full_of_gaps(gap.subject)) {
    after = gaps_;
    stretch_gap(after, gap);
    growth = growth_of(gaps_, after);
  }
  gaps_ = std::move(after);
  usage_.note(gap.subject, growth);
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
  for (const Feed& feed : feeds) usage_.note(feed.subject, {});
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

base::Result<std::vector<SubjectChanges>> MemoryLedger::changes() const {
  const MutexLock lock(mutex_);
  return usage_.changes();
}

base::Result<std::optional<base::WallTime>> MemoryLedger::last_alive() const {
  const MutexLock lock(mutex_);
  return alive_;
}

}  // namespace waybill::store
