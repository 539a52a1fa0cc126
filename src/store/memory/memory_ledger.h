#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "store/ledger.h"
#include "store/ledger_usage.h"

namespace waybill::store {

// The ledger in vectors. Nothing survives it.
class MemoryLedger final : public Ledger {
 public:
  explicit MemoryLedger(const LedgerLimits& limits = {}) : usage_(limits) {}

  base::Result<void> record_feeds(std::span<const Feed> feeds) override;
  base::Result<void> record_alive(base::WallTime now) override;
  [[nodiscard]] base::Result<std::vector<Pull>> pulls(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<Gap>> gaps(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<Feed>> feeds(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<LedgerSubject>> subjects() const override;
  [[nodiscard]] base::Result<std::vector<SubjectChanges>> changes() const override;
  [[nodiscard]] base::Result<std::optional<base::WallTime>> last_alive() const override;

 private:
  base::Result<void> add(const Pull& pull, Teller teller) override;
  base::Result<void> add(const Gap& gap, Teller teller) override;

  using Key = std::pair<model::AccountNumber, model::WorkspaceSid>;
  using SourceKey = std::pair<Key, std::string>;

  mutable base::Mutex mutex_;

  std::map<SourceKey, std::vector<Pull>> pulls_ GUARDED_BY(mutex_);
  std::vector<Gap> gaps_ GUARDED_BY(mutex_);
  LedgerUsage usage_ GUARDED_BY(mutex_);
  std::map<std::pair<Key, FeedRoad>, Feed> feeds_ GUARDED_BY(mutex_);
  std::optional<base::WallTime> alive_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
