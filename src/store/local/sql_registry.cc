#include "store/local/sql_registry.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

using base::MutexLock;

std::optional<base::WallTime> time_or_nothing(const sqlite::Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(base::from_ms(row.integer(column)));
}

template <class AnySid>
base::Result<AnySid> read_sid(const sqlite::Statement& row, int column) {
  auto sid = AnySid::parse(row.bytes(column));
  if (!sid) return base::corruption(std::string(kDatabaseFile) + " holds a malformed sid: " + sid.error().message());
  return sid;
}

// Rows of `select`, each made into a value by `read`.
template <class Read>
auto read_all(sqlite::Statement& select, Read read)
    -> base::Result<std::vector<typename decltype(read())::value_type>> {
  std::vector<typename decltype(read())::value_type> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    TRY_ASSIGN(auto value, read());
    out.push_back(std::move(value));
  }
}

}  // namespace

base::Result<model::Account> SqlRegistry::create_account(const model::Account& account) {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(
      sqlite::Statement insert,
      connection_.prepare("INSERT INTO accounts (sid, auth_token, friendly_name, created_ms) VALUES (?, ?, ?, ?)"));
  const std::string sid = account.sid.to_text();
  auto done = insert.run(std::string_view(sid), std::string_view(account.auth_token),
                         std::string_view(account.friendly_name), base::to_ms(account.created));
  if (!done && done.error().code() == base::ErrorCode::kConflict) {
    return base::conflict("there is an account " + sid + " already");
  }
  TRY(done);
  model::Account made = account;
  made.number = model::AccountNumber{static_cast<std::uint32_t>(connection_.last_insert_id())};
  return made;
}

base::Result<std::int64_t> SqlRegistry::changed_rows(sqlite::Statement& update) {
  std::int64_t count = 0;
  for (;;) {
    TRY_ASSIGN(const bool more, update.step());
    if (!more) return count;
    ++count;
  }
}

base::Result<void> SqlRegistry::set_auth_token(const model::AccountSid& sid, const std::string& auth_token) {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement update,
             connection_.prepare("UPDATE accounts SET auth_token = ? WHERE sid = ? RETURNING number"));
  const std::string text = sid.to_text();
  update.bind_all(std::string_view(auth_token), std::string_view(text));
  TRY_ASSIGN(const std::int64_t count, changed_rows(update));
  if (count == 0) return base::not_found("there is no account " + text);
  return {};
}

base::Result<void> SqlRegistry::disable_account(const model::AccountSid& sid, base::WallTime when) {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(
      sqlite::Statement update,
      connection_.prepare("UPDATE accounts SET disabled_ms = coalesce(disabled_ms, ?) WHERE sid = ? RETURNING number"));
  const std::string text = sid.to_text();
  update.bind_all(base::to_ms(when), std::string_view(text));
  TRY_ASSIGN(const std::int64_t count, changed_rows(update));
  if (count == 0) return base::not_found("there is no account " + text);
  return {};
}

base::Result<void> SqlRegistry::create_key(const model::ApiKey& key) {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT INTO keys (sid, account, secret_hash, friendly_name, created_ms) "
                                 "VALUES (?, ?, ?, ?, ?)"));
  const std::string sid = key.sid.to_text();
  auto done = insert.run(std::string_view(sid), static_cast<std::int64_t>(key.account),
                         sqlite::Blob{base::as_text(key.secret_hash)}, std::string_view(key.friendly_name),
                         base::to_ms(key.created));
  if (!done && done.error().code() == base::ErrorCode::kConflict) {
    return base::conflict("there is a key " + sid + " already, or no such account");
  }
  return done;
}

base::Result<void> SqlRegistry::revoke_key(const model::ApiKeySid& sid, base::WallTime when) {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(
      sqlite::Statement update,
      connection_.prepare("UPDATE keys SET revoked_ms = coalesce(revoked_ms, ?) WHERE sid = ? RETURNING number"));
  const std::string text = sid.to_text();
  update.bind_all(base::to_ms(when), std::string_view(text));
  TRY_ASSIGN(const std::int64_t count, changed_rows(update));
  if (count == 0) return base::not_found("there is no key " + text);
  return {};
}

base::Result<std::vector<model::Account>> SqlRegistry::accounts() const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT number, sid, auth_token, friendly_name, created_ms, disabled_ms FROM accounts "
                                 "ORDER BY number"));
  return read_all(select, [&]() -> base::Result<model::Account> {
    TRY_ASSIGN(const auto sid, read_sid<model::AccountSid>(select, 1));
    return model::Account{model::AccountNumber{static_cast<std::uint32_t>(select.integer(0))},
                          sid,
                          std::string(select.bytes(2)),
                          std::string(select.bytes(3)),
                          base::from_ms(select.integer(4)),
                          time_or_nothing(select, 5)};
  });
}

base::Result<std::vector<model::ApiKey>> SqlRegistry::keys() const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT sid, account, secret_hash, friendly_name, created_ms, revoked_ms FROM keys "
                                 "ORDER BY number"));
  return read_all(select, [&]() -> base::Result<model::ApiKey> {
    TRY_ASSIGN(const auto sid, read_sid<model::ApiKeySid>(select, 0));
    base::Sha256 hash{};
    if (select.bytes(2).size() != hash.size())
      return base::corruption(std::string(kDatabaseFile) + ": the key " + sid.to_text() + " has no valid hash");
    std::copy_n(select.bytes(2).begin(), hash.size(), hash.begin());
    return model::ApiKey{sid,
                         model::AccountNumber{static_cast<std::uint32_t>(select.integer(1))},
                         hash,
                         std::string(select.bytes(3)),
                         base::from_ms(select.integer(4)),
                         time_or_nothing(select, 5)};
  });
}

base::Result<std::int64_t> SqlRegistry::access_version() const {
  const MutexLock lock(mutex_);
  return connection_.query_integer("SELECT version FROM access");
}

base::Result<std::vector<model::Workspace>> SqlRegistry::all_workspaces() const {
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT number, account, sid, sid_text, friendly_name, created_ms FROM workspaces "
                                 "ORDER BY number"));
  return read_all(select, [&]() -> base::Result<model::Workspace> {
    TRY_ASSIGN(const auto sid, read_sid<model::WorkspaceSid>(select, 2));
    return model::Workspace{model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))},
                            model::AccountNumber{static_cast<std::uint32_t>(select.integer(1))},
                            sid,
                            std::string(select.bytes(3)),
                            std::string(select.bytes(4)),
                            base::from_ms(select.integer(5))};
  });
}

std::vector<model::Workspace> SqlRegistry::workspaces(model::AccountNumber account) const {
  auto all = all_workspaces();
  if (!all) return {};
  std::erase_if(*all, [&](const model::Workspace& workspace) { return workspace.account != account; });
  return *std::move(all);
}

std::optional<model::Workspace> SqlRegistry::find_workspace(model::AccountNumber account,
                                                            const model::WorkspaceSid& sid) const {
  for (const model::Workspace& workspace : workspaces(account)) {
    if (workspace.sid == sid) return workspace;
  }
  return std::nullopt;
}

base::Result<std::vector<WorkspaceSummary>> SqlRegistry::summaries() const {
  TRY_ASSIGN(const auto workspaces, all_workspaces());
  std::vector<WorkspaceSummary> out;
  out.reserve(workspaces.size());
  for (const model::Workspace& workspace : workspaces) {
    out.push_back({workspace, 0, 0, base::kTimeMax, base::kTimeMin});
  }
  const MutexLock lock(mutex_);
  TRY_ASSIGN(sqlite::Statement counts,
             connection_.prepare(
                 "SELECT workspaces.number, events, coalesce(first_ms, 0), coalesce(last_ms, 0), "
                 "(SELECT count(*) FROM variants WHERE variants.workspace = workspaces.number) FROM workspaces"));
  for (;;) {
    TRY_ASSIGN(const bool more, counts.step());
    if (!more) return out;
    const auto summary = std::find_if(out.begin(), out.end(), [&](const WorkspaceSummary& one) {
      return static_cast<std::int64_t>(one.workspace.number) == counts.integer(0);
    });
    if (summary == out.end()) continue;
    summary->events = static_cast<std::uint64_t>(counts.integer(1));
    summary->first = base::from_ms(counts.integer(2));
    summary->last = base::from_ms(counts.integer(3));
    summary->variants = static_cast<std::uint64_t>(counts.integer(4));
  }
}

base::Result<std::unique_ptr<Registry>> open_registry(const std::filesystem::path& folder) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}));
  return std::unique_ptr<Registry>(std::make_unique<SqlRegistry>(std::move(connection)));
}

}  // namespace waybill::store
