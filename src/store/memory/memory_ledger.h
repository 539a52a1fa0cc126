#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "store/ledger.h"

namespace waybill::store {

// The ledger in vectors. Nothing survives it.
class MemoryLedger final : public Ledger {
 public:
  base::Result<void> record_pull(const Pull& pull) override;
  base::Result<void> record_gap(const Gap& gap) override;
  base::Result<void> record_feeds(std::span<const Feed> feeds) override;
  base::Result<void> record_alive(base::WallTime now) override;
  [[nodiscard]] base::Result<std::vector<Pull>> pulls(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<Gap>> gaps(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<Feed>> feeds(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<LedgerSubject>> subjects() const override;
  [[nodiscard]] base::Result<std::optional<base::WallTime>> last_alive() const override;

 private:
  using Key = std::pair<model::AccountNumber, model::WorkspaceSid>;
  using SourceKey = std::pair<Key, std::string>;

  mutable base::Mutex mutex_;

  std::map<SourceKey, std::vector<Pull>> pulls_ GUARDED_BY(mutex_);
  std::vector<Gap> gaps_ GUARDED_BY(mutex_);
  std::map<std::pair<Key, FeedRoad>, Feed> feeds_ GUARDED_BY(mutex_);
  std::optional<base::WallTime> alive_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
