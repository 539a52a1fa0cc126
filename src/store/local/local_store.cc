#include "store/local/local_store.h"

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/check.h"
#include "query/search.h"
#include "query/term_key.h"
#include "store/local/schema.h"

namespace waybill::store {

using base::MutexLock;

struct LocalStore::Batch {
  explicit Batch(std::uint64_t hash_key) : fresh(0, EventIdHash(hash_key)) {}

  model::Position last = model::kNoPosition;
  std::vector<UnitOutcome> outcomes;
  std::vector<model::Workspace> workspaces;
  std::vector<query::IndexedRow> rows;
  std::vector<std::pair<EventId, model::Position>> ids;
  EventIdMap<const model::Event*> fresh;
};

base::Result<std::unique_ptr<LocalStore>> LocalStore::open(const std::filesystem::path& folder, base::Random& random,
                                                           RecordsDiffer differ) {
  TRY(base::make_private_folder(folder));
  TRY_ASSIGN(base::FileLock lock, base::FileLock::take(folder / kLockFile));
  TRY_ASSIGN(sqlite::Connection connection, open_database(folder, random));
  TRY_ASSIGN(StoreIdentity identity, read_identity(connection));
  TRY_ASSIGN(EventInserter inserter, EventInserter::make(connection));
  TRY_ASSIGN(sqlite::Connection for_registry, open_existing_database(folder));
  const auto hash_key = random.bytes<sizeof(std::uint64_t)>();
  std::unique_ptr<LocalStore> store(
      new LocalStore(std::move(lock), std::move(connection), std::move(identity), std::move(inserter),
                     std::make_unique<SqlRegistry>(std::move(for_registry)), folder, std::move(differ),
                     base::get_le<std::uint64_t>(base::as_text(hash_key), 0)));
  TRY(store->load());
  return store;
}

LocalStore::LocalStore(base::FileLock lock, sqlite::Connection connection, StoreIdentity identity,
                       EventInserter inserter, std::unique_ptr<SqlRegistry> registry,
                       const std::filesystem::path& folder, RecordsDiffer differ, std::uint64_t hash_key)
    : lock_(std::move(lock)),
      identity_(std::move(identity)),
      differ_(std::move(differ)),
      hash_key_(hash_key),
      connection_(std::move(connection)),
      inserter_(std::move(inserter)),
      registry_(std::move(registry)),
      fetcher_(folder),
      sids_(hash_key),
      checkpointer_(folder / kDatabaseFile) {}

// Builds the index from the rows' terms; no record is read and no JSON parsed.
base::Result<void> LocalStore::load() {
  constexpr std::size_t kRowsAtOnce = 16'384;
  TRY_ASSIGN(const auto workspaces, registry_->all_workspaces());
  {
    const MutexLock lock(mutex_);
    for (const model::Workspace& workspace : workspaces) {
      workspaces_.emplace(WorkspaceKey(workspace.account, workspace.sid), workspace);
    }
  }
  Batch batch(hash_key_);
  const auto flush = [&] {
    last_position_ = batch.last;
    sids_.insert(batch.ids);
    tail_.append(std::move(batch.rows), batch.last);
    batch.rows.clear();
    batch.ids.clear();
  };
  TRY(scan_heads(connection_, [&](StoredEvent&& row) {
    batch.last = row.position;
    batch.ids.emplace_back(EventId{row.workspace, row.sid}, row.position);
    batch.rows.push_back({{row.time, row.position}, query::keys_of(row.workspace, row.terms)});
    if (batch.rows.size() == kRowsAtOnce) flush();
  }));
  flush();
  return {};
}

base::Result<model::FoundPage> LocalStore::list(const model::EventQuery& query) const {
  if (query.sid) return list_one(query);
  const Tail::View view = tail_.view();
  query::Search search = query::make_search(query, view.horizon);
  search.limit = std::size_t{query.limit} + 1;
  std::vector<model::SortKey> keys = query::search(search, *view.runs, view.loose());
  model::FoundPage page;
  page.horizon = search.horizon;
  const std::size_t found = keys.size();
  keys.resize(std::min<std::size_t>(found, query.limit));
  TRY_ASSIGN(page.events, fetcher_.fetch(keys, query.bytes_max));
  page.more = page.events.size() < found;
  return page;
}

// A sid names one event at most: it is looked up, and the other conditions are held against it.
base::Result<model::FoundPage> LocalStore::list_one(const model::EventQuery& query) const {
  const query::Search search = query::make_search(query, tail_.view().horizon);
  model::FoundPage page;
  page.horizon = search.horizon;
  const auto position = sids_.find({query.workspace, *query.sid});
  if (!position) return page;
  TRY_ASSIGN(StoredEvent row, fetcher_.fetch_row(*position));
  const model::SortKey key{row.time, row.position};
  if (query::matches(search, {key, query::keys_of(row.workspace, row.terms)})) {
    page.events.push_back({key, std::move(row.record)});
  }
  return page;
}

base::Result<std::optional<model::FoundEvent>> LocalStore::find(model::WorkspaceNumber workspace,
                                                                const model::EventSid& sid) const {
  const auto position = sids_.find({workspace, sid});
  if (!position) return std::optional<model::FoundEvent>();
  TRY_ASSIGN(StoredEvent row, fetcher_.fetch_row(*position));
  return std::optional(model::FoundEvent{{row.time, row.position}, std::move(row.record)});
}

model::Position LocalStore::horizon() const { return tail_.view().horizon; }

base::Result<std::vector<UnitOutcome>> LocalStore::append(std::span<const Unit> units) {
  Batch batch(hash_key_);
  batch.last = last_position_;
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection_));
  for (const Unit& unit : units) {
    CHECK(!unit.events.empty());
    batch.outcomes.emplace_back();
    TRY_ASSIGN(const model::WorkspaceNumber workspace, ensure_workspace(unit, batch));
    for (const model::Event& event : unit.events) TRY(append_event(workspace, unit, event, batch));
  }
  TRY(transaction.commit());
  std::vector<UnitOutcome> outcomes = std::move(batch.outcomes);
  publish(std::move(batch));
  return outcomes;
}

base::Result<model::WorkspaceNumber> LocalStore::ensure_workspace(const Unit& unit, Batch& batch) {
  if (const auto known = find_workspace(unit.account, unit.workspace)) return known->number;
  for (const model::Workspace& made : batch.workspaces) {
    if (made.account == unit.account && made.sid == unit.workspace) return made.number;
  }
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT INTO workspaces (account, sid, sid_text, friendly_name, created_ms) "
                                 "VALUES (?, ?, ?, ?, ?)"));
  const std::string sid = unit.workspace.to_text();
  const std::string& name = friendly_name_of(unit);
  TRY(insert.run(static_cast<std::int64_t>(unit.account), std::string_view(sid), std::string_view(unit.workspace_text),
                 std::string_view(name), base::to_ms(unit.arrived)));
  const model::WorkspaceNumber number{static_cast<std::uint32_t>(connection_.last_insert_id())};
  batch.workspaces.push_back({number, unit.account, unit.workspace, unit.workspace_text, name, unit.arrived});
  return number;
}

// Whether `event` tells something else than the copy its workspace has; nothing if there is no such copy.
base::Result<std::optional<bool>> LocalStore::compare_with_known(const EventId& id, const model::Event& event,
                                                                 const Batch& batch) {
  if (const auto fresh = batch.fresh.find(id); fresh != batch.fresh.end()) {
    return std::optional(differ_(fresh->second->record, event.record));
  }
  const auto position = sids_.find(id);
  if (!position) return std::optional<bool>();
  const auto stored = inserter_.record_at(*position);
  // A copy that cannot be read tells nothing, so the newcomer is kept aside; it may be the last good one.
  if (!stored && stored.error().code() == base::ErrorCode::kCorruption) return std::optional(true);
  if (!stored) return stored.error();
  return std::optional(differ_(*stored, event.record));
}

base::Result<void> LocalStore::append_event(model::WorkspaceNumber workspace, const Unit& unit,
                                            const model::Event& event, Batch& batch) {
  UnitOutcome& outcome = batch.outcomes.back();
  const EventId id{workspace, event.sid};
  TRY_ASSIGN(const std::optional<bool> differs, compare_with_known(id, event, batch));
  if (differs) {
    if (*differs) TRY(inserter_.insert_variant(workspace, event, unit.arrived));
    ++(*differs ? outcome.variants : outcome.duplicates);
    return {};
  }
  const model::Position position{to_number(batch.last) + 1};
  TRY(inserter_.insert(position, workspace, event));
  batch.last = position;
  batch.fresh.emplace(id, &event);
  batch.ids.emplace_back(id, position);
  batch.rows.push_back({{event.time, position}, query::keys_of(workspace, event.terms)});
  ++outcome.accepted;
  return {};
}

// From here on nothing can fail: memory follows what the disk holds. Sids and workspaces come first, so that whoever
// sees an event also finds it by them.
void LocalStore::publish(Batch&& batch) {
  last_position_ = batch.last;
  sids_.insert(batch.ids);
  {
    const MutexLock lock(mutex_);
    for (model::Workspace& workspace : batch.workspaces) {
      const WorkspaceKey key(workspace.account, workspace.sid);
      workspaces_.emplace(key, std::move(workspace));
    }
  }
  tail_.append(std::move(batch.rows), batch.last);
}

void LocalStore::limit_pages_for_test(std::int64_t pages) {
  CHECK(connection_.execute("PRAGMA max_page_count = " + std::to_string(pages)));
}

std::vector<model::Workspace> LocalStore::workspaces(model::AccountNumber account) const {
  std::vector<model::Workspace> out;
  {
    const MutexLock lock(mutex_);
    for (const auto& [key, workspace] : workspaces_) {
      if (key.first == account) out.push_back(workspace);
    }
  }
  std::sort(out.begin(), out.end(),
            [](const model::Workspace& a, const model::Workspace& b) { return a.number < b.number; });
  return out;
}

std::optional<model::Workspace> LocalStore::find_workspace(model::AccountNumber account,
                                                           const model::WorkspaceSid& sid) const {
  const MutexLock lock(mutex_);
  const auto at = workspaces_.find({account, sid});
  return at == workspaces_.end() ? std::nullopt : std::optional(at->second);
}

base::Result<model::Account> LocalStore::create_account(const model::Account& account) {
  return registry_->create_account(account);
}
base::Result<void> LocalStore::set_auth_token(const model::AccountSid& sid, const std::string& auth_token) {
  return registry_->set_auth_token(sid, auth_token);
}
base::Result<void> LocalStore::disable_account(const model::AccountSid& sid, base::WallTime when) {
  return registry_->disable_account(sid, when);
}
base::Result<void> LocalStore::create_key(const model::ApiKey& key) { return registry_->create_key(key); }
base::Result<void> LocalStore::revoke_key(const model::ApiKeySid& sid, base::WallTime when) {
  return registry_->revoke_key(sid, when);
}
base::Result<std::vector<model::Account>> LocalStore::accounts() const { return registry_->accounts(); }
base::Result<std::vector<model::ApiKey>> LocalStore::keys() const { return registry_->keys(); }
base::Result<std::int64_t> LocalStore::access_version() const { return registry_->access_version(); }
base::Result<std::vector<WorkspaceSummary>> LocalStore::summaries() const { return registry_->summaries(); }

}  // namespace waybill::store
