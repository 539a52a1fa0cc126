#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "sqlite/connection.h"
#include "store/ledger.h"

namespace waybill::store {

// The ledger in waybill.db. Its transactions are short, and run on connections of its own: SQLite orders them with
// those of the event log and of the registry.
class SqlLedger final : public Ledger {
 public:
  // Of a data directory, also one that a server holds. kNotFound if it is none; kConflict if it has the format from
  // before the ledger, and no server of this release has opened it since; or as open_existing_database.
  static base::Result<std::unique_ptr<SqlLedger>> open(const std::filesystem::path& folder, const std::string& vfs);

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
  SqlLedger(sqlite::Connection connection, sqlite::Connection alive)
      : connection_(std::move(connection)), alive_(std::move(alive)) {}

  base::Result<std::vector<Pull>> pulls_of_source(const LedgerSubject& subject, const std::string& source) const
      REQUIRES_LOCK(mutex_);
  base::Result<void> replace_pulls(const std::vector<Pull>& before, const std::vector<Pull>& after)
      REQUIRES_LOCK(mutex_);
  base::Result<std::vector<Gap>> gaps_like(const Gap& gap) const REQUIRES_LOCK(mutex_);
  base::Result<void> replace_gaps(const Gap& like, const std::vector<Gap>& after) REQUIRES_LOCK(mutex_);

  mutable base::Mutex mutex_;
  mutable sqlite::Connection connection_ GUARDED_BY(mutex_);
  mutable sqlite::Connection alive_ GUARDED_BY(mutex_);  // commits without waiting for the disk
};

}  // namespace waybill::store
