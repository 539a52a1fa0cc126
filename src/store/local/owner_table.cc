#include "store/local/owner_table.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "base/crypto.h"
#include "base/files.h"
#include "base/time_text.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

constexpr std::string_view kHeldAccountsFact = "held_accounts";
constexpr std::string_view kHeldAccountName = "Held by waybill repair: owner unknown";
constexpr std::size_t kSidTextBytes = 34;

base::Result<std::optional<std::int64_t>> number_of(sqlite::Connection& connection, std::string_view account_sid) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT number FROM accounts WHERE sid = ?"));
  select.bind_all(account_sid);
  TRY_ASSIGN(const bool found, select.step());
  return found ? std::optional(select.integer(0)) : std::nullopt;
}

base::Result<std::int64_t> make_held_account(sqlite::Connection& connection, base::Random& random, base::WallTime now) {
  const std::string sid = model::AccountSid(random.bytes<sizeof(model::SidBytes)>()).to_text();
  const std::string token = base::new_secret(random);
  TRY_ASSIGN(sqlite::Statement insert,
             connection.prepare("INSERT INTO accounts (sid, auth_token, friendly_name, created_ms, disabled_ms) "
                                "VALUES (?, ?, ?, ?4, ?4)"));
  TRY(insert.run(std::string_view(sid), std::string_view(token), kHeldAccountName, base::to_ms(now)));
  const std::int64_t number = connection.last_insert_id();
  TRY_ASSIGN(sqlite::Statement note,
             connection.prepare("INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET "
                                "value = CAST(value || ?2 AS BLOB)"));
  TRY(note.run(kHeldAccountsFact, sqlite::Blob{sid}));
  return number;
}

// The held account that has the workspace.
base::Result<std::string> find_holder(sqlite::Connection& connection, const std::vector<std::string>& held,
                                      const Assignment& assignment) {
  const std::string sid = assignment.workspace.to_text();
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT a.sid FROM workspaces w JOIN accounts a ON a.number = "
                                "w.account WHERE w.sid = ?"));
  select.bind_all(std::string_view(sid));
  std::vector<std::string> holders;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) break;
    std::string holder(select.bytes(0));
    if (std::find(held.begin(), held.end(), holder) == held.end()) continue;
    if (assignment.from && holder != assignment.from->to_text()) continue;
    holders.push_back(std::move(holder));
  }
  if (holders.empty()) return base::not_found("no workspace " + sid + " is held; see `waybill workspace list`");
  if (holders.size() > 1) {
    return base::conflict("several held accounts have a workspace " + sid + "; name one with --from");
  }
  return std::move(holders.front());
}

}  // namespace

base::Result<OwnersPart> read_owners(sqlite::Connection& connection, model::WorkspaceNumber above,
                                     std::int64_t count_max) {
  TRY_ASSIGN(const auto held, read_held_accounts(connection));
  TRY_ASSIGN(
      sqlite::Statement select,
      connection.prepare("SELECT w.number, a.sid, w.sid_text, w.friendly_name FROM workspaces w "
                         "JOIN accounts a ON a.number = w.account WHERE w.number > ? ORDER BY w.number LIMIT ?"));
  select.bind_all(static_cast<std::int64_t>(above), count_max);
  OwnersPart part{{}, above};
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return part;
    part.last = model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))};
    if (std::find(held.begin(), held.end(), select.bytes(1)) != held.end()) continue;
    const auto account = model::AccountSid::parse(select.bytes(1));
    if (!account || !model::WorkspaceSid::parse(select.bytes(2))) {
      return base::corruption(std::string(kDatabaseFile) + " holds a malformed sid of a workspace or its account");
    }
    part.owners.emplace(part.last,
                        segment::Owner{*account, std::string(select.bytes(2)), std::string(select.bytes(3))});
  }
}

base::Result<segment::Owners> read_all_owners(sqlite::Connection& connection) {
  TRY_ASSIGN(OwnersPart all, read_owners(connection, {}, std::numeric_limits<std::int64_t>::max()));
  return std::move(all.owners);
}

base::Result<std::vector<std::string>> read_held_accounts(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT value FROM facts WHERE name = ?"));
  select.bind_all(kHeldAccountsFact);
  TRY_ASSIGN(const bool found, select.step());
  std::vector<std::string> sids;
  if (!found) return sids;
  for (std::string_view rest = select.bytes(0); !rest.empty(); rest.remove_prefix(kSidTextBytes)) {
    if (rest.size() < kSidTextBytes)
      return base::corruption(std::string(kDatabaseFile) + ": held_accounts is cut short");
    sids.emplace_back(rest.substr(0, kSidTextBytes));
  }
  return sids;
}

base::Result<std::int64_t> held_account_for(sqlite::Connection& connection, const std::string& workspace_sid,
                                            base::Random& random, base::WallTime now) {
  TRY_ASSIGN(const auto held, read_held_accounts(connection));
  TRY_ASSIGN(sqlite::Statement has, connection.prepare("SELECT 1 FROM workspaces WHERE account = ? AND sid = ?"));
  for (const std::string& sid : held) {
    TRY_ASSIGN(const auto number, number_of(connection, sid));
    if (!number) return base::corruption(std::string(kDatabaseFile) + " does not know its held account " + sid);
    has.bind_all(*number, std::string_view(workspace_sid));
    TRY_ASSIGN(const bool has_it, has.step());
    has.reset();
    if (!has_it) return *number;
  }
  return make_held_account(connection, random, now);
}

base::Result<void> assign_held_workspace(const std::filesystem::path& folder, const Assignment& assignment) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}));
  TRY_ASSIGN(const base::FileLock lock, base::FileLock::take(folder / kLockFile));
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  TRY_ASSIGN(const auto held, read_held_accounts(connection));
  const std::string to = assignment.to.to_text();
  const std::string sid = assignment.workspace.to_text();
  TRY_ASSIGN(const auto account, number_of(connection, to));
  if (!account || std::find(held.begin(), held.end(), to) != held.end()) {
    return base::not_found("there is no account " + to + " that could own it; `waybill account create --account-sid " +
                           to + "` makes one");
  }
  TRY_ASSIGN(const std::string from, find_holder(connection, held, assignment));
  TRY_ASSIGN(sqlite::Statement give,
             connection.prepare("UPDATE workspaces SET account = ?, friendly_name = sid_text WHERE sid = ? AND account "
                                "= (SELECT number FROM accounts WHERE sid = ?)"));
  const auto given = give.run(*account, std::string_view(sid), std::string_view(from));
  if (!given && given.error().code() == base::ErrorCode::kConflict) {
    return base::conflict("account " + to + " has a workspace " + sid + " of its own; export the one of " + from +
                          " with `waybill export --data`, and import its events");
  }
  TRY(given);
  return transaction.commit();
}

}  // namespace waybill::store
