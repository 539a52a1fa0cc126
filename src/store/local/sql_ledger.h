#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "sqlite/connection.h"
#include "store/ledger.h"
#include "store/ledger_usage.h"

namespace waybill::store {

// The ledger in waybill.db. Its transactions are short, and run on connections of its own: SQLite orders them with
// those of the event log and of the registry.
class SqlLedger final : public Ledger {
 public:
  // Of a data directory, also one that a server holds. kNotFound if it is none; kConflict if it has the format from
  // before the ledger, and no server of this release has opened it since; or as open_existing_database.
  static base::Result<std::unique_ptr<SqlLedger>> open(const std::filesystem::path& folder, const std::string& vfs,
                                                       const LedgerLimits& limits = {});

  base::Result<void> record_feeds(std::span<const Feed> feeds) override;
  base::Result<void> record_alive(base::WallTime now) override;
  [[nodiscard]] base::Result<std::vector<Pull>> pulls(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<Gap>> gaps(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<Feed>> feeds(const LedgerSubject& subject) const override;
  [[nodiscard]] base::Result<std::vector<LedgerSubject>> subjects() const override;
  [[nodiscard]] base::Result<std::vector<SubjectChanges>> changes() const override;
  [[nodiscard]] base::Result<std::optional<base::WallTime>> last_alive() const override;

 private:
  SqlLedger(sqlite::Connection connection, sqlite::Connection alive, const LedgerLimits& limits)
      : limits_(limits), connection_(std::move(connection)), alive_(std::move(alive)) {}

  base::Result<void> add(const Pull& pull, Teller teller) override;
  base::Result<void> add(const Gap& gap, Teller teller) override;

  base::Result<std::vector<Pull>> pulls_of_source(const LedgerSubject& subject, const std::string& source) const
      REQUIRES_LOCK(mutex_);
  base::Result<void> replace_pulls(const std::vector<Pull>& before, const std::vector<Pull>& after)
      REQUIRES_LOCK(mutex_);
  base::Result<std::vector<Gap>> gaps_like(const Gap& gap) const REQUIRES_LOCK(mutex_);
  base::Result<std::vector<Gap>> gaps_of_reason(const Gap& gap) const REQUIRES_LOCK(mutex_);
  base::Result<void> replace_gaps(const std::vector<Gap>& before, const std::vector<Gap>& after) REQUIRES_LOCK(mutex_);
  // What is held, counted when it is first asked for.
  base::Result<LedgerUsage*> usage() const REQUIRES_LOCK(mutex_);

  const LedgerLimits limits_;

  mutable base::Mutex mutex_;
  mutable sqlite::Connection connection_ GUARDED_BY(mutex_);
  mutable sqlite::Connection alive_ GUARDED_BY(mutex_);  // commits without waiting for the disk
  mutable std::optional<LedgerUsage> usage_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
