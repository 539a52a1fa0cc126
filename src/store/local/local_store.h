#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "sqlite/connection.h"
#include "store/event_store.h"
#include "store/local/checkpointer.h"
#include "store/local/eraser.h"
#include "store/local/local_options.h"
#include "store/local/local_state.h"
#include "store/local/sid_table.h"
#include "store/local/sql_ledger.h"
#include "store/local/sql_registry.h"
#include "store/local/sql_rejects.h"
#include "store/local/upkeep.h"
#include "store/local/variant_table.h"
#include "store/reject_rules.h"

namespace waybill::store {

// The embedded store: one folder, one process. What changes lies in waybill.db (SQLite, WAL, every commit synced), what
// does not in immutable segments beside it, which a thread of its own makes of the oldest events. ARCHITECTURE.md,
// section 6.
class LocalStore final : public EventStore {
 public:
  // Opens the store in `folder`, or makes one. kConflict, naming the holder, if another process has it open, or if a
  // later release wrote it; kCorruption, kIo.
  static base::Result<std::unique_ptr<LocalStore>> open(const std::filesystem::path& folder, const LocalParts& parts,
                                                        LocalOptions options);

  // Makes what has expired by now expired for good.
  ~LocalStore() override;

  [[nodiscard]] base::Result<model::FoundPage> list(const model::EventQuery& query) const override;
  [[nodiscard]] base::Result<model::FoundPage> list_unknown(const model::EventQuery& query,
                                                            KnownRecords& known) const override;
  [[nodiscard]] base::Result<std::optional<model::FoundEvent>> find(model::WorkspaceNumber workspace,
                                                                    const model::EventSid& sid) const override;
  [[nodiscard]] base::Result<std::vector<Variant>> variants(const VariantQuery& query) const override;
  [[nodiscard]] base::WallTime oldest_shown(model::WorkspaceNumber workspace) const override;
  [[nodiscard]] model::Position horizon() const override;

  base::Result<std::vector<UnitOutcome>> append(std::span<const Unit> units) override;
  [[nodiscard]] std::optional<base::Error> stopped() const override { return state_.why_broken(); }

  base::Result<Erasure> erase(const ErasureRequest& request) override;
  [[nodiscard]] base::Result<std::vector<Erasure>> erasures() const override;
  base::Result<void> set_retention(model::WorkspaceNumber workspace, std::optional<Retention> retention) override;
  [[nodiscard]] std::optional<Retention> retention(model::WorkspaceNumber workspace) const override;
  [[nodiscard]] Retention default_retention() const override { return state_.options.retention; }
  [[nodiscard]] base::Result<Removal> would_erase(const ErasureRequest& request) const override;
  [[nodiscard]] base::Result<Removal> would_expire(model::WorkspaceNumber workspace,
                                                   const Retention& retention) const override;

  // The retention that somebody last agreed to for this store, and that the present one is compared with when it would
  // take much; nothing if nobody has. To confirm is to agree to the present one, for good. kStorageFull, kBusy, kIo.
  [[nodiscard]] std::optional<Retention> confirmed_retention() const;
  base::Result<void> confirm_retention();
  // How long after the opening nothing is removed, at least: the grace, or until the clock may be believed.
  [[nodiscard]] std::chrono::milliseconds first_removal_after() const { return first_removal_after_; }

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
  [[nodiscard]] const StoreIdentity& identity() const override { return state_.facts.identity; }
  [[nodiscard]] Ledger& ledger() override { return *ledger_; }
  [[nodiscard]] Rejects& rejects() override { return *rejects_; }

  [[nodiscard]] StoreFigures figures() const override;
  [[nodiscard]] std::vector<DamagedFile> damage() const override;

  // Seals, merges, removes: as much as there is to do, or one step of it. For tools, and for tests without a thread.
  // Fails as the step that could not be done; what it was to change is then as before.
  base::Result<void> run_upkeep() { return upkeep_.run(); }
  base::Result<bool> run_upkeep_step() { return upkeep_.step(); }

  // The longest that an append has waited for a lock that something else held, since this was last asked; waiting for
  // room in the tail does not count. For one thread.
  std::chrono::microseconds take_longest_wait() { return std::chrono::microseconds(longest_wait_us_.exchange(0)); }

  // The files of the archive, as a view of this moment.
  [[nodiscard]] std::shared_ptr<const Archive> archive() const { return state_.view().archive; }

  // Lets the database grow to so many pages and no more, as a full disk would.
  void limit_pages_for_test(std::int64_t pages);

 private:
  using WorkspaceKey = std::pair<model::AccountNumber, model::WorkspaceSid>;

  // What a transaction is about to add; taken over into memory once it is committed.
  struct Batch;

  LocalStore(const std::filesystem::path& folder, base::FileLock lock, StoreFacts facts, LocalOptions options,
             const LocalParts& parts, sqlite::Connection connection, LogTable log, VariantTable variants,
             std::unique_ptr<SqlRegistry> registry, std::unique_ptr<SqlLedger> ledger, std::uint64_t hash_key);

  [[nodiscard]] RejectGuard reject_guard();
  // What an erasure is for what is kept aside; nothing where there is no such workspace.
  [[nodiscard]] base::Result<std::optional<RejectErasure>> reject_erasure(const ErasureRequest& request) const;
  base::Result<void> load(const std::optional<base::WallTime>& newest_file);
  base::Result<model::Position> load_archive();
  base::Result<void> load_tail(model::Position sealed_through);
  void take_over(std::vector<TailEvent> events) REQUIRES_LOCK(state_.writer);
  [[nodiscard]] bool is_quiet_now();
  base::Result<void> judge_clock(const std::optional<base::WallTime>& newest_file) REQUIRES_LOCK(state_.writer);
  base::Result<void> keep_evidence(base::WallTime evidence) REQUIRES_LOCK(state_.writer);
  void note_wait(base::SteadyTime since) REQUIRES_LOCK(state_.writer);
  base::Result<void> wait_for_room() REQUIRES_LOCK(state_.writer);
  template <class T>
  base::Result<T> noted(base::Result<T> answer) const;
  base::Result<std::vector<UnitOutcome>> append_if_seen(std::span<const Unit> units,
                                                        std::vector<Archive::UnseenPlace>& unseen);
  base::Result<std::vector<UnitOutcome>> commit(std::span<const Unit> units, Batch& batch) REQUIRES_LOCK(state_.writer);
  base::Result<std::vector<UnitOutcome>> commit_or_shortage(std::span<const Unit> units, Batch& batch)
      REQUIRES_LOCK(state_.writer);
  base::Result<model::WorkspaceNumber> ensure_workspace(const Unit& unit, Batch& batch) REQUIRES_LOCK(state_.writer);
  base::Result<void> append_event(model::WorkspaceNumber workspace, const Unit& unit, const model::Event& event,
                                  Batch& batch) REQUIRES_LOCK(state_.writer);
  enum class Known { kNew, kSame, kOther, kDropped };
  base::Result<Known> compare_with_known(const EventId& id, const model::Event& event, Batch& batch)
      REQUIRES_LOCK(state_.writer);
  base::Result<void> count_events(const Batch& batch) REQUIRES_LOCK(state_.writer);
  void note_rebirth(const EventId& id, Batch& batch) REQUIRES_LOCK(state_.writer);
  base::Result<void> write_own_retention(model::WorkspaceNumber workspace, const std::optional<Retention>& retention,
                                         const ExpiryMarks& marks) REQUIRES_LOCK(state_.writer);
  void publish(Batch&& batch) REQUIRES_LOCK(state_.writer);

  const std::uint64_t hash_key_;
  LocalState state_;
  VariantTable variants_ GUARDED_BY(state_.writer);

  // Safe for concurrent use by themselves.
  const std::unique_ptr<SqlRegistry> registry_;
  const std::unique_ptr<SqlLedger> ledger_;
  // Set before anybody sees the store.
  std::unique_ptr<SqlRejects> rejects_;
  std::chrono::milliseconds first_removal_after_{0};
  bool is_loaded_ = false;

  Checkpointer checkpointer_;
  Eraser eraser_;

  std::atomic<std::int64_t> longest_wait_us_ = 0;  // written under the writer's lock

  mutable base::Mutex mutex_;

  std::map<WorkspaceKey, model::Workspace> workspaces_ GUARDED_BY(mutex_);
  std::optional<Retention> confirmed_ GUARDED_BY(mutex_);

  Upkeep upkeep_;  // last: its thread uses the rest
};

}  // namespace waybill::store
