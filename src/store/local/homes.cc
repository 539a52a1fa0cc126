#include "store/local/homes.h"

#include <algorithm>

#include "base/crypto.h"
#include "store/local/owner_table.h"

namespace waybill::store {

base::Result<void> Homes::load() {
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT w.number, a.sid, w.sid, w.sid_text, w.friendly_name, w.created_ms FROM "
                                 "workspaces w JOIN accounts a ON a.number = w.account"));
  TRY_ASSIGN(const auto held, read_held_accounts(connection_));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return {};
    Home& home = homes_[model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))}];
    const bool is_held = std::find(held.begin(), held.end(), select.bytes(1)) != held.end();
    if (!is_held) home.account_sid = select.bytes(1);
    home.workspace_sid = select.bytes(2);
    home.workspace_text = select.bytes(3);
    home.friendly_name = select.bytes(4);
    home.created = base::from_ms(select.integer(5));
  }
}

std::optional<model::WorkspaceNumber> Homes::only() const {
  return homes_.size() == 1 ? std::optional(homes_.begin()->first) : std::nullopt;
}

segment::Owners Homes::owners() const {
  segment::Owners owners;
  for (const auto& [number, home] : homes_) {
    const auto account = model::AccountSid::parse(home.account_sid);
    if (account) owners.emplace(number, segment::Owner{*account, home.workspace_text, home.friendly_name});
  }
  return owners;
}

base::Result<void> Homes::learn(model::WorkspaceNumber number, const segment::Owner& owner, base::WallTime now) {
  const std::string account_sid = owner.account.to_text();
  TRY_ASSIGN(const auto workspace, model::WorkspaceSid::parse(owner.workspace));
  const auto known = homes_.find(number);
  if (known != homes_.end()) {
    const Home& home = known->second;
    if (home.account_sid.empty()) return {};
    if (home.account_sid == account_sid && home.workspace_sid == workspace.to_text()) return {};
    return base::corruption("workspace number " + std::to_string(static_cast<std::uint32_t>(number)) + " is " +
                            workspace.to_text() + " of account " + account_sid + " there, and " + home.workspace_sid +
                            " of account " + home.account_sid + " elsewhere; these files are not of one store");
  }
  homes_[number] = {account_sid, workspace.to_text(), owner.workspace, owner.friendly_name, now, true};
  return {};
}

base::Result<void> Homes::hold(model::WorkspaceNumber number, const EventDescription& event, base::WallTime now) {
  // What came under another workspace's SID was refused, so this member is the workspace's own.
  TRY_ASSIGN(const auto workspace, model::WorkspaceSid::parse(event.workspace_sid));
  Home& home = homes_[number];
  home.workspace_sid = workspace.to_text();
  home.workspace_text = event.workspace_sid;
  const auto account = model::AccountSid::parse(event.account_sid);
  home.friendly_name = "events name " + (account ? account->to_text() : std::string("no account"));
  home.created = now;
  home.is_new = true;
  ++held_;
  return {};
}

void Homes::count(model::WorkspaceNumber number, base::WallTime time, std::int64_t events) {
  const auto home = homes_.find(number);
  if (home == homes_.end()) return;
  home->second.events += events;
  home->second.first = std::min(home->second.first, time);
  home->second.last = std::max(home->second.last, time);
}

base::Result<std::int64_t> Homes::ensure_account(const Home& home, base::Random& random) {
  if (home.account_sid.empty()) return held_account_for(connection_, home.workspace_sid, random, home.created);
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT OR IGNORE INTO accounts (sid, auth_token, friendly_name, created_ms) "
                                 "VALUES (?, ?, '', ?)"));
  const std::string token = base::new_secret(random);
  TRY(insert.run(std::string_view(home.account_sid), std::string_view(token), base::to_ms(home.created)));
  TRY_ASSIGN(sqlite::Statement select, connection_.prepare("SELECT number FROM accounts WHERE sid = ?"));
  select.bind_all(std::string_view(home.account_sid));
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return base::corruption("the account " + home.account_sid + " could not be made");
  return select.integer(0);
}

base::Result<void> Homes::insert(model::WorkspaceNumber number, const Home& home, base::Random& random) {
  TRY_ASSIGN(const std::int64_t account, ensure_account(home, random));
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT INTO workspaces (number, account, sid, sid_text, friendly_name, created_ms) "
                                 "VALUES (?, ?, ?, ?, ?, ?)"));
  return insert.run(static_cast<std::int64_t>(number), account, std::string_view(home.workspace_sid),
                    std::string_view(home.workspace_text), std::string_view(home.friendly_name),
                    base::to_ms(home.created));
}

base::Result<void> Homes::write(base::Random& random) {
  TRY_ASSIGN(sqlite::Statement update,
             connection_.prepare("UPDATE workspaces SET events = ?, first_ms = min(coalesce(first_ms, ?2), ?2), "
                                 "last_ms = max(coalesce(last_ms, ?3), ?3) WHERE number = ?4"));
  TRY_ASSIGN(sqlite::Statement empty, connection_.prepare("UPDATE workspaces SET events = 0 WHERE number = ?"));
  for (const auto& [number, home] : homes_) {
    const auto id = static_cast<std::int64_t>(number);
    if (home.is_new) TRY(insert(number, home, random));
    if (home.first > home.last) {
      TRY(empty.run(id));
      continue;
    }
    TRY(update.run(home.events, base::to_ms(home.first), base::to_ms(home.last), id));
  }
  return {};
}

}  // namespace waybill::store
