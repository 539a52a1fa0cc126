#include "store/local/homes.h"

#include <algorithm>

#include "base/crypto.h"

namespace waybill::store {
namespace {

// The text of a sid with lower-case digits; the text itself if it is none.
template <class AnySid>
std::string normal(const std::string& text) {
  const auto sid = AnySid::parse(text);
  return sid ? sid->to_text() : text;
}

}  // namespace

base::Result<void> Homes::load() {
  TRY_ASSIGN(sqlite::Statement select,
             connection_.prepare("SELECT w.number, a.sid, w.sid, w.sid_text, w.created_ms FROM workspaces w JOIN "
                                 "accounts a ON a.number = w.account"));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return {};
    Home& home = homes_[model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))}];
    home.account_sid = select.bytes(1);
    home.workspace_sid = select.bytes(2);
    home.workspace_text = select.bytes(3);
    home.created = base::from_ms(select.integer(4));
  }
}

void Homes::add(model::WorkspaceNumber number, const EventDescription& event, base::WallTime now) {
  Home& home = homes_[number];
  home.account_sid = normal<model::AccountSid>(event.account_sid);
  home.workspace_sid = normal<model::WorkspaceSid>(event.workspace_sid);
  home.workspace_text = event.workspace_sid;
  home.created = now;
  home.is_new = true;
}

std::optional<model::WorkspaceNumber> Homes::find_or_add(const EventDescription& event, base::WallTime now) {
  const auto account = model::AccountSid::parse(event.account_sid);
  const auto workspace = model::WorkspaceSid::parse(event.workspace_sid);
  if (!account || !workspace) return std::nullopt;
  for (const auto& [number, home] : homes_) {
    if (home.account_sid == account->to_text() && home.workspace_sid == workspace->to_text()) return number;
  }
  const std::uint32_t last = homes_.empty() ? 0 : static_cast<std::uint32_t>(homes_.rbegin()->first);
  add(model::WorkspaceNumber{last + 1}, event, now);
  return model::WorkspaceNumber{last + 1};
}

void Homes::count(model::WorkspaceNumber number, base::WallTime time, std::int64_t events) {
  const auto home = homes_.find(number);
  if (home == homes_.end()) return;
  home->second.events += events;
  home->second.first = std::min(home->second.first, time);
  home->second.last = std::max(home->second.last, time);
}

base::Result<std::int64_t> Homes::ensure_account(const Home& home, base::Random& random) {
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

base::Result<void> Homes::write(base::Random& random) {
  TRY_ASSIGN(sqlite::Statement insert,
             connection_.prepare("INSERT INTO workspaces (number, account, sid, sid_text, friendly_name, created_ms) "
                                 "VALUES (?, ?, ?, ?, ?, ?)"));
  TRY_ASSIGN(sqlite::Statement update,
             connection_.prepare("UPDATE workspaces SET events = ?, first_ms = min(coalesce(first_ms, ?2), ?2), "
                                 "last_ms = max(coalesce(last_ms, ?3), ?3) WHERE number = ?4"));
  TRY_ASSIGN(sqlite::Statement empty, connection_.prepare("UPDATE workspaces SET events = 0 WHERE number = ?"));
  for (const auto& [number, home] : homes_) {
    const auto id = static_cast<std::int64_t>(number);
    if (home.is_new) {
      TRY_ASSIGN(const std::int64_t account, ensure_account(home, random));
      TRY(insert.run(id, account, std::string_view(home.workspace_sid), std::string_view(home.workspace_text),
                     std::string_view(home.workspace_text), base::to_ms(home.created)));
    }
    if (home.first > home.last) {
      TRY(empty.run(id));
      continue;
    }
    TRY(update.run(home.events, base::to_ms(home.first), base::to_ms(home.last), id));
  }
  return {};
}

}  // namespace waybill::store
