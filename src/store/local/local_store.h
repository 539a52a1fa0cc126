#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/random.h"
#include "sqlite/connection.h"
#include "store/event_store.h"
#include "store/local/checkpointer.h"
#include "store/local/event_table.h"
#include "store/local/sid_table.h"
#include "store/local/sql_registry.h"
#include "store/local/tail.h"

namespace waybill::store {

// The embedded store: one folder, one process. What is committed lies in waybill.db (SQLite, WAL, every commit
// synced); what finds it lies in memory and is built anew from the rows' terms when the folder is opened.
class LocalStore final : public EventStore {
 public:
  // Opens the store in `folder`, or makes one. kConflict, naming the holder, if another process has it open, or if a
  // later release wrote it; kCorruption, kIo.
  static base::Result<std::unique_ptr<LocalStore>> open(const std::filesystem::path& folder, base::Random& random,
                                                        RecordsDiffer differ);

  [[nodiscard]] base::Result<model::FoundPage> list(const model::EventQuery& query) const override;
  [[nodiscard]] base::Result<std::optional<model::FoundEvent>> find(model::WorkspaceNumber workspace,
                                                                    const model::EventSid& sid) const override;
  [[nodiscard]] model::Position horizon() const override;

  base::Result<std::vector<UnitOutcome>> append(std::span<const Unit> units) override;

  base::Result<model::Account> create_account(const model::Account& account) override;
  base::Result<void> set_auth_token(const model::AccountSid& sid, const std::string& auth_token) override;
  base::Result<void> disable_account(const model::AccountSid& sid, base::WallTime when) override;
  base::Result<void> create_key(const model::ApiKey& key) override;
  base::Result<void> revoke_key(const model::ApiKeySid& sid, base::WallTime when) override;
  [[nodiscard]] base::Result<std::vector<model::Account>> accounts() const override;
  [[nodiscard]] base::Result<std::vector<model::ApiKey>> keys() const override;
  [[nodiscard]] base::Result<std::int64_t> access_version() const override;
  [[nodiscard]] std::vector<model::Workspace> workspaces(model::AccountNumber account) const override;
  [[nodiscard]] std::optional<model::Workspace> find_workspace(model::AccountNumber account,
                                                               const model::WorkspaceSid& sid) const override;
  [[nodiscard]] base::Result<std::vector<WorkspaceSummary>> summaries() const override;
  [[nodiscard]] const StoreIdentity& identity() const override { return identity_; }

  // Lets the database grow to so many pages and no more, as a full disk would. For the thread that appends.
  void limit_pages_for_test(std::int64_t pages);

 private:
  using WorkspaceKey = std::pair<model::AccountNumber, model::WorkspaceSid>;

  // What a transaction is about to add; taken over into memory once it is committed.
  struct Batch;

  LocalStore(base::FileLock lock, sqlite::Connection connection, StoreIdentity identity, EventInserter inserter,
             std::unique_ptr<SqlRegistry> registry, const std::filesystem::path& folder, RecordsDiffer differ,
             std::uint64_t hash_key);

  base::Result<void> load();
  base::Result<model::WorkspaceNumber> ensure_workspace(const Unit& unit, Batch& batch);
  base::Result<void> append_event(model::WorkspaceNumber workspace, const Unit& unit, const model::Event& event,
                                  Batch& batch);
  base::Result<std::optional<bool>> compare_with_known(const EventId& id, const model::Event& event,
                                                       const Batch& batch);
  void publish(Batch&& batch);
  [[nodiscard]] base::Result<model::FoundPage> list_one(const model::EventQuery& query) const;

  const base::FileLock lock_;
  const StoreIdentity identity_;
  const RecordsDiffer differ_;
  const std::uint64_t hash_key_;

  // The appender's.
  sqlite::Connection connection_;
  EventInserter inserter_;
  model::Position last_position_ = model::kNoPosition;

  // Safe for concurrent use by themselves.
  const std::unique_ptr<SqlRegistry> registry_;
  const EventFetcher fetcher_;
  SidTable sids_;
  Tail tail_;
  const Checkpointer checkpointer_;

  mutable base::Mutex mutex_;

  std::map<WorkspaceKey, model::Workspace> workspaces_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
