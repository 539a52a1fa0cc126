#include "store/memory/memory_store.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "store/reject_rules.h"

namespace waybill::store {

using base::MutexLock;
using model::Direction;

MemoryStore::MemoryStore(StoreIdentity identity, RecordsDiffer differ, const base::Clock& clock, Retention retention,
                         RejectLimits reject_limits)
    : identity_(std::move(identity)),
      differ_(std::move(differ)),
      clock_(clock),
      rejects_(reject_limits),
      retention_{retention, {}} {}

base::WallTime MemoryStore::Period::oldest_kept(model::WorkspaceNumber workspace, base::WallTime at) const {
  const auto found = own.find(workspace);
  const Retention& retention = found == own.end() ? general : found->second;
  return retention && at - *retention >= base::kTimeMin ? at - *retention : base::kTimeMin;
}

// What was too old under any retention while it was in force is so for ever.
base::WallTime MemoryStore::oldest_kept(model::WorkspaceNumber workspace) const {
  base::WallTime oldest = retention_.oldest_kept(workspace, clock_.now());
  for (const auto& [period, end] : former_) oldest = std::max(oldest, period.oldest_kept(workspace, end));
  return oldest;
}

Retention MemoryStore::default_retention() const {
  const MutexLock lock(mutex_);
  return retention_.general;
}

void MemoryStore::set_default_retention_for_test(const Retention& retention) {
  const MutexLock lock(mutex_);
  former_.emplace_back(retention_, clock_.now());
  retention_.general = retention;
}

bool MemoryStore::matches(const Row& row, const model::EventQuery& query, model::Position horizon) const {
  if (row.is_erased || row.key.time < oldest_kept(row.workspace)) return false;
  if (row.workspace != query.workspace || row.key.position > horizon) return false;
  if (row.key.time < query.from || row.key.time > query.to) return false;
  if (query.sid && row.event.sid != *query.sid) return false;
  if (query.after) {
    const bool follows = query.direction == Direction::kOldestFirst ? row.key > *query.after : row.key < *query.after;
    if (!follows) return false;
  }
  return std::all_of(query.terms.begin(), query.terms.end(),
                     [&](const model::Term& term) { return row.event.terms.contains(term); });
}

base::Result<model::FoundPage> MemoryStore::list(const model::EventQuery& query) const {
  const MutexLock lock(mutex_);
  model::FoundPage page;
  page.horizon = model::Position{rows_.size()};
  if (query.horizon) page.horizon = std::min(page.horizon, *query.horizon);
  std::vector<const Row*> found;
  for (const Row& row : rows_) {
    if (matches(row, query, page.horizon)) found.push_back(&row);
  }
  std::sort(found.begin(), found.end(), [&](const Row* a, const Row* b) {
    return query.direction == Direction::kOldestFirst ? a->key < b->key : b->key < a->key;
  });
  std::size_t bytes = 0;
  for (const Row* row : found) {
    page.more = page.events.size() == query.limit || bytes >= query.bytes_max;
    if (page.more) break;
    page.events.push_back({row->key, row->event.record});
    bytes += row->event.record.size();
  }
  return page;
}

base::Result<model::FoundPage> MemoryStore::list_unknown(const model::EventQuery& query, KnownRecords& known) const {
  model::EventQuery whole = query;
  whole.bytes_max = std::numeric_limits<std::size_t>::max();
  TRY_ASSIGN(model::FoundPage page, list(whole));
  std::vector<model::FoundEvent> keys;
  for (const model::FoundEvent& event : page.events) keys.push_back({event.key, {}});
  if (!query.sid && known.has_page(keys)) {
    page.events = std::move(keys);
    return page;
  }
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (; count < page.events.size() && bytes < query.bytes_max; ++count) {
    model::FoundEvent& event = page.events[count];
    const auto length = query.sid ? std::nullopt : known.has_record(count, event.key);
    bytes += length.value_or(event.record.size());
    if (length) event.record.clear();
  }
  page.more = page.more || count < page.events.size();
  page.events.resize(count);
  return page;
}

base::Result<std::optional<model::FoundEvent>> MemoryStore::find(model::WorkspaceNumber workspace,
                                                                 const model::EventSid& sid) const {
  const MutexLock lock(mutex_);
  const Row* row = row_of(workspace, sid);
  if (row == nullptr || row->is_erased || row->key.time < oldest_kept(workspace)) {
    return std::optional<model::FoundEvent>();
  }
  return std::optional(model::FoundEvent{row->key, row->event.record});
}

base::WallTime MemoryStore::oldest_shown(model::WorkspaceNumber workspace) const {
  const MutexLock lock(mutex_);
  return oldest_kept(workspace);
}

base::Result<std::vector<Variant>> MemoryStore::variants(const VariantQuery& query) const {
  const MutexLock lock(mutex_);
  std::vector<Variant> out;
  std::size_t bytes = 0;
  for (const Variant& variant : variants_) {
    if (variant.number <= query.after || (query.workspace && variant.workspace != *query.workspace)) continue;
    if (out.size() == query.limit || bytes >= query.bytes_max) break;
    bytes += variant.record.size();
    out.push_back(variant);
  }
  return out;
}

model::Position MemoryStore::horizon() const {
  const MutexLock lock(mutex_);
  return model::Position{rows_.size()};
}

base::Result<std::vector<UnitOutcome>> MemoryStore::append(std::span<const Unit> units) {
  const MutexLock lock(mutex_);
  std::vector<UnitOutcome> outcomes;
  for (const Unit& unit : units) {
    CHECK(!unit.events.empty());
    UnitOutcome& outcome = outcomes.emplace_back();
    const model::WorkspaceNumber workspace = ensure_workspace(unit);
    for (const model::Event& event : unit.events) append_event(workspace, event, unit.arrived, outcome);
  }
  return outcomes;
}

void MemoryStore::append_event(model::WorkspaceNumber workspace, const model::Event& event, base::WallTime arrived,
                               UnitOutcome& outcome) {
  if (is_refused(workspace, event)) {
    ++outcome.dropped;
    return;
  }
  const Row* known = row_of(workspace, event.sid);
  if (known != nullptr && (known->is_erased || known->key.time >= oldest_kept(workspace))) {
    if (known->is_erased) {
      ++outcome.dropped;
      return;
    }
    if (!differ_(known->event.record, event.record)) {
      ++outcome.duplicates;
      return;
    }
    ++outcome.variants;
    const bool kept = std::any_of(variants_.begin(), variants_.end(), [&](const Variant& variant) {
      return variant.workspace == workspace && variant.sid == event.sid && variant.record == event.record;
    });
    if (!kept) variants_.push_back({++last_variant_, workspace, event.sid, arrived, event.record});
    return;
  }
  row_of_sid_.insert_or_assign(std::pair(workspace, event.sid), rows_.size());
  rows_.push_back({workspace, event, {event.time, model::Position{rows_.size() + 1}}});
  ++outcome.accepted;
}

const model::Workspace* MemoryStore::workspace_of(model::AccountNumber account, const model::WorkspaceSid& sid) const {
  const auto at = std::find_if(workspaces_.begin(), workspaces_.end(), [&](const model::Workspace& workspace) {
    return workspace.account == account && workspace.sid == sid;
  });
  return at == workspaces_.end() ? nullptr : &*at;
}

const MemoryStore::Row* MemoryStore::row_of(model::WorkspaceNumber workspace, const model::EventSid& sid) const {
  const auto at = row_of_sid_.find({workspace, sid});
  return at == row_of_sid_.end() ? nullptr : &rows_[at->second];
}

model::WorkspaceNumber MemoryStore::ensure_workspace(const Unit& unit) {
  if (const model::Workspace* known = workspace_of(unit.account, unit.workspace)) return known->number;
  const model::WorkspaceNumber number{static_cast<std::uint32_t>(workspaces_.size() + 1)};
  workspaces_.push_back(
      {number, unit.account, unit.workspace, unit.workspace_text, friendly_name_of(unit), unit.arrived});
  return number;
}

bool MemoryStore::names(const ErasureRequest& request, model::WorkspaceNumber workspace, const model::Event& event) {
  return request.workspace == workspace && request.from <= event.time && event.time <= request.to &&
         (!request.subject || event.terms.contains(*request.subject));
}

bool MemoryStore::is_refused(model::WorkspaceNumber workspace, const model::Event& event) const {
  if (event.time < oldest_kept(workspace)) return true;
  return std::any_of(erasures_.begin(), erasures_.end(),
                     [&](const Erasure& erasure) { return names(erasure.request, workspace, event); });
}

base::Result<Erasure> MemoryStore::erase(const ErasureRequest& request) {
  if (request.to < request.from) return base::invalid_argument("the span to be erased ends before it begins");
  const MutexLock lock(mutex_);
  for (const model::Workspace& workspace : workspaces_) {
    if (workspace.number != request.workspace) continue;
    TRY(erase_rejects(rejects_, {workspace.account, workspace.sid, request.subject, request.from}));
  }
  const base::WallTime now = clock_.now();
  Erasure erasure{erasures_.size() + 1, request, now, 0, now};
  for (Row& row : rows_) {
    if (row.is_erased || row.key.time < oldest_kept(row.workspace)) continue;
    if (!names(request, row.workspace, row.event)) continue;
    row.is_erased = true;
    row.event.record.clear();
    ++erasure.events;
    std::erase_if(variants_, [&](const Variant& variant) {
      return variant.workspace == row.workspace && variant.sid == row.event.sid;
    });
  }
  erasures_.push_back(erasure);
  return erasure;
}

base::Result<std::vector<Erasure>> MemoryStore::erasures() const {
  const MutexLock lock(mutex_);
  return erasures_;
}

base::Result<void> MemoryStore::set_retention(model::WorkspaceNumber workspace, std::optional<Retention> retention) {
  const MutexLock lock(mutex_);
  const bool is_there = std::any_of(workspaces_.begin(), workspaces_.end(),
                                    [&](const model::Workspace& known) { return known.number == workspace; });
  if (!is_there) {
    return base::not_found("there is no workspace number " + std::to_string(static_cast<std::uint32_t>(workspace)));
  }
  former_.emplace_back(retention_, clock_.now());
  if (retention) {
    retention_.own.insert_or_assign(workspace, *retention);
  } else {
    retention_.own.erase(workspace);
  }
  return {};
}

std::optional<Retention> MemoryStore::retention(model::WorkspaceNumber workspace) const {
  const MutexLock lock(mutex_);
  const auto at = retention_.own.find(workspace);
  return at == retention_.own.end() ? std::nullopt : std::optional<Retention>(std::in_place, at->second);
}

// What there is to take away of a workspace, of the rows that `goes` says.
base::Result<Removal> MemoryStore::count_rows(model::WorkspaceNumber workspace,
                                              const std::function<bool(const Row&)>& goes) const {
  Removal removal{0, 0, base::kTimeMax, base::kTimeMin};
  for (const Row& row : rows_) {
    if (row.is_erased || row.workspace != workspace) continue;
    ++removal.of_events;
    if (!goes(row)) continue;
    ++removal.events;
    removal.first = std::min(removal.first, row.key.time);
    removal.last = std::max(removal.last, row.key.time);
  }
  return removal;
}

base::Result<Removal> MemoryStore::would_erase(const ErasureRequest& request) const {
  if (request.to < request.from) return base::invalid_argument("the span to be erased ends before it begins");
  const MutexLock lock(mutex_);
  TRY_ASSIGN(Removal removal, count_rows(request.workspace, [&](const Row& row) REQUIRES_LOCK(mutex_) {
               return row.key.time >= oldest_kept(row.workspace) && names(request, row.workspace, row.event);
             }));
  for (const model::Workspace& workspace : workspaces_) {
    if (workspace.number != request.workspace) continue;
    TRY_ASSIGN(const auto rejects,
               find_rejects(rejects_, {workspace.account, workspace.sid, request.subject, request.from}));
    removal.rejects = rejects.size();
  }
  return removal;
}

base::Result<Removal> MemoryStore::would_expire(model::WorkspaceNumber workspace, const Retention& retention) const {
  const MutexLock lock(mutex_);
  std::vector<std::pair<Period, base::WallTime>> periods = former_;
  periods.emplace_back(Period{retention, {}}, clock_.now());
  return count_rows(workspace, [&](const Row& row) {
    return std::any_of(periods.begin(), periods.end(), [&](const auto& period) {
      return row.key.time < period.first.oldest_kept(workspace, period.second);
    });
  });
}

base::Result<model::Account> MemoryStore::create_account(const model::Account& account) {
  const MutexLock lock(mutex_);
  for (const model::Account& known : accounts_) {
    if (known.sid == account.sid) return base::conflict("there is an account " + account.sid.to_text() + " already");
  }
  accounts_.push_back(account);
  accounts_.back().number = model::AccountNumber{static_cast<std::uint32_t>(accounts_.size())};
  ++access_version_;
  return accounts_.back();
}

base::Result<void> MemoryStore::set_auth_token(const model::AccountSid& sid, const std::string& auth_token) {
  const MutexLock lock(mutex_);
  for (model::Account& account : accounts_) {
    if (account.sid != sid) continue;
    account.auth_token = auth_token;
    ++access_version_;
    return {};
  }
  return base::not_found("there is no account " + sid.to_text());
}

base::Result<void> MemoryStore::disable_account(const model::AccountSid& sid, base::WallTime when) {
  const MutexLock lock(mutex_);
  for (model::Account& account : accounts_) {
    if (account.sid != sid) continue;
    if (!account.disabled) account.disabled = when;
    ++access_version_;
    return {};
  }
  return base::not_found("there is no account " + sid.to_text());
}

base::Result<void> MemoryStore::create_key(const model::ApiKey& key) {
  const MutexLock lock(mutex_);
  for (const model::ApiKey& known : keys_) {
    if (known.sid == key.sid) return base::conflict("there is a key " + key.sid.to_text() + " already");
  }
  keys_.push_back(key);
  ++access_version_;
  return {};
}

base::Result<void> MemoryStore::revoke_key(const model::ApiKeySid& sid, base::WallTime when) {
  const MutexLock lock(mutex_);
  for (model::ApiKey& key : keys_) {
    if (key.sid != sid) continue;
    if (!key.revoked) key.revoked = when;
    ++access_version_;
    return {};
  }
  return base::not_found("there is no key " + sid.to_text());
}

base::Result<std::vector<model::Account>> MemoryStore::accounts() const {
  const MutexLock lock(mutex_);
  return accounts_;
}

base::Result<std::vector<model::ApiKey>> MemoryStore::keys() const {
  const MutexLock lock(mutex_);
  return keys_;
}

base::Result<std::int64_t> MemoryStore::access_version() const {
  const MutexLock lock(mutex_);
  return access_version_;
}

std::vector<model::Workspace> MemoryStore::workspaces(model::AccountNumber account) const {
  const MutexLock lock(mutex_);
  std::vector<model::Workspace> out;
  for (const model::Workspace& workspace : workspaces_) {
    if (workspace.account == account) out.push_back(workspace);
  }
  return out;
}

std::optional<model::Workspace> MemoryStore::find_workspace(model::AccountNumber account,
                                                            const model::WorkspaceSid& sid) const {
  const MutexLock lock(mutex_);
  const model::Workspace* workspace = workspace_of(account, sid);
  return workspace == nullptr ? std::nullopt : std::optional(*workspace);
}

base::Result<std::vector<WorkspaceSummary>> MemoryStore::summaries() const {
  const MutexLock lock(mutex_);
  std::vector<WorkspaceSummary> out;
  for (const model::Workspace& workspace : workspaces_) {
    WorkspaceSummary summary{workspace, 0, 0, base::kTimeMax, base::kTimeMin};
    for (const Row& row : rows_) {
      if (row.workspace != workspace.number) continue;
      if (!row.is_erased) ++summary.events;
      summary.first = std::min(summary.first, row.key.time);
      summary.last = std::max(summary.last, row.key.time);
    }
    summary.variants = static_cast<std::uint64_t>(std::count_if(
        variants_.begin(), variants_.end(), [&](const Variant& v) { return v.workspace == workspace.number; }));
    out.push_back(summary);
  }
  return out;
}

}  // namespace waybill::store
