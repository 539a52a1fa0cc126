#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "sqlite/connection.h"
#include "store/event_store.h"

namespace waybill::store {

// Accounts, keys and workspaces in waybill.db, on a connection of its own: short transactions, which SQLite orders
// with those of the event log and of other processes. So the command line can change accounts while a server runs.
class SqlRegistry final : public Registry {
 public:
  explicit SqlRegistry(sqlite::Connection connection) : connection_(std::move(connection)) {}

  base::Result<model::Account> create_account(const model::Account& account) override;
  base::Result<void> set_auth_token(const model::AccountSid& sid, const std::string& auth_token) override;
  base::Result<void> disable_account(const model::AccountSid& sid, base::WallTime when) override;
  base::Result<void> create_key(const model::ApiKey& key) override;
  base::Result<void> revoke_key(const model::ApiKeySid& sid, base::WallTime when) override;
  [[nodiscard]] base::Result<std::vector<model::Account>> accounts() const override;
  [[nodiscard]] base::Result<std::vector<model::ApiKey>> keys() const override;
  [[nodiscard]] base::Result<std::int64_t> access_version() const override;

  // Empty, or nothing, where the database cannot be read: a server answers from memory instead (LocalStore).
  [[nodiscard]] std::vector<model::Workspace> workspaces(model::AccountNumber account) const override;
  [[nodiscard]] std::optional<model::Workspace> find_workspace(model::AccountNumber account,
                                                               const model::WorkspaceSid& sid) const override;
  [[nodiscard]] base::Result<std::vector<WorkspaceSummary>> summaries() const override;

  // The workspaces of all accounts, by number.
  [[nodiscard]] base::Result<std::vector<model::Workspace>> all_workspaces() const;

 private:
  base::Result<std::int64_t> changed_rows(sqlite::Statement& update) REQUIRES_LOCK(mutex_);

  mutable base::Mutex mutex_;
  mutable sqlite::Connection connection_ GUARDED_BY(mutex_);
};

// The registry of a data directory, for command-line tools; fine while a server holds the directory. kNotFound if it
// is no data directory, or as open_existing_database.
base::Result<std::unique_ptr<Registry>> open_registry(const std::filesystem::path& folder);

}  // namespace waybill::store
