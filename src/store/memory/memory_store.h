#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "store/event_store.h"
#include "store/memory/memory_ledger.h"
#include "store/memory/memory_rejects.h"

namespace waybill::store {

// The plain store: vectors, and a scan for every question. It is what the contract means; where another store answers
// differently, that one is wrong. Nothing survives it.
class MemoryStore final : public EventStore {
 public:
  // `clock` says when events have expired; it must outlive the store.
  MemoryStore(StoreIdentity identity, RecordsDiffer differ, const base::Clock& clock, Retention retention = {},
              RejectLimits reject_limits = {});

  [[nodiscard]] base::Result<model::FoundPage> list(const model::EventQuery& query) const override;
  [[nodiscard]] base::Result<model::FoundPage> list_unknown(const model::EventQuery& query,
                                                            KnownRecords& known) const override;
  [[nodiscard]] base::Result<std::optional<model::FoundEvent>> find(model::WorkspaceNumber workspace,
                                                                    const model::EventSid& sid) const override;
  [[nodiscard]] base::Result<std::vector<Variant>> variants(const VariantQuery& query) const override;
  [[nodiscard]] base::WallTime oldest_shown(model::WorkspaceNumber workspace) const override;
  [[nodiscard]] model::Position horizon() const override;

  base::Result<std::vector<UnitOutcome>> append(std::span<const Unit> units) override;

  base::Result<Erasure> erase(const ErasureRequest& request) override;
  [[nodiscard]] base::Result<std::vector<Erasure>> erasures() const override;
  base::Result<void> set_retention(model::WorkspaceNumber workspace, std::optional<Retention> retention) override;
  [[nodiscard]] std::optional<Retention> retention(model::WorkspaceNumber workspace) const override;
  [[nodiscard]] Retention default_retention() const override;
  // What a restart with another setting does.
  void set_default_retention_for_test(const Retention& retention);
  [[nodiscard]] base::Result<Removal> would_erase(const ErasureRequest& request) const override;
  [[nodiscard]] base::Result<Removal> would_expire(model::WorkspaceNumber workspace,
                                                   const Retention& retention) const override;

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
  [[nodiscard]] StoreFigures figures() const override { return {}; }
  [[nodiscard]] Ledger& ledger() override { return ledger_; }
  [[nodiscard]] Rejects& rejects() override { return rejects_; }

 private:
  struct Row {
    model::WorkspaceNumber workspace{};
    model::Event event;
    model::SortKey key;
    bool is_erased = false;
  };
  [[nodiscard]] bool matches(const Row& row, const model::EventQuery& query, model::Position horizon) const
      REQUIRES_LOCK(mutex_);
  // The retentions that were in force together, up to a time.
  struct Period {
    Retention general;
    std::map<model::WorkspaceNumber, Retention> own;

    [[nodiscard]] base::WallTime oldest_kept(model::WorkspaceNumber workspace, base::WallTime at) const;
  };
  [[nodiscard]] base::WallTime oldest_kept(model::WorkspaceNumber workspace) const REQUIRES_LOCK(mutex_);
  [[nodiscard]] bool is_refused(model::WorkspaceNumber workspace, const model::Event& event) const
      REQUIRES_LOCK(mutex_);
  [[nodiscard]] base::Result<Removal> count_rows(model::WorkspaceNumber workspace,
                                                 const std::function<bool(const Row&)>& goes) const
      REQUIRES_LOCK(mutex_);
  [[nodiscard]] static bool names(const ErasureRequest& request, model::WorkspaceNumber workspace,
                                  const model::Event& event);
  const model::Workspace* workspace_of(model::AccountNumber account, const model::WorkspaceSid& sid) const
      REQUIRES_LOCK(mutex_);
  const Row* row_of(model::WorkspaceNumber workspace, const model::EventSid& sid) const REQUIRES_LOCK(mutex_);
  model::WorkspaceNumber ensure_workspace(const Unit& unit) REQUIRES_LOCK(mutex_);
  void append_event(model::WorkspaceNumber workspace, const model::Event& event, base::WallTime arrived,
                    UnitOutcome& outcome) REQUIRES_LOCK(mutex_);

  const StoreIdentity identity_;
  const RecordsDiffer differ_;
  const base::Clock& clock_;

  MemoryLedger ledger_;
  MemoryRejects rejects_;

  mutable base::Mutex mutex_;

  std::vector<Row> rows_ GUARDED_BY(mutex_);  // by position: the row at index i has position i + 1
  std::vector<Variant> variants_ GUARDED_BY(mutex_);
  std::uint64_t last_variant_ GUARDED_BY(mutex_) = 0;
  std::vector<model::Account> accounts_ GUARDED_BY(mutex_);
  std::vector<model::ApiKey> keys_ GUARDED_BY(mutex_);
  std::vector<model::Workspace> workspaces_ GUARDED_BY(mutex_);
  std::map<std::pair<model::WorkspaceNumber, model::EventSid>, std::size_t> row_of_sid_ GUARDED_BY(mutex_);
  std::vector<Erasure> erasures_ GUARDED_BY(mutex_);
  Period retention_ GUARDED_BY(mutex_);
  std::vector<std::pair<Period, base::WallTime>> former_ GUARDED_BY(mutex_);  // and when each ended
  std::int64_t access_version_ GUARDED_BY(mutex_) = 0;
};

}  // namespace waybill::store
