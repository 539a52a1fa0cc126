#include "cli/open_store.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "app/first_account.h"
#include "app/settings.h"
#include "base/strings.h"
#include "cli/act_as_owner.h"
#include "codec/event_difference.h"

namespace waybill::cli {

base::Result<std::unique_ptr<store::LocalStore>> open_store(const std::filesystem::path& folder, const Process& process,
                                                            store::LocalOptions options) {
  // What the environment says has been held against the store by no start.
  options.retains_as_confirmed = true;
  TRY(act_as_owner(folder));
  return store::LocalStore::open(
      folder, {process.random, process.clock, process.log, process.files, codec::events_differ}, std::move(options));
}

base::Result<OpenedDirectory> open_directory(const std::filesystem::path& folder, const Process& process) {
  // Read as settings, so that what a server would refuse is refused here, and before the folder is made.
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  TRY_ASSIGN(std::unique_ptr<store::LocalStore> store, open_store(folder, process, settings.store));
  TRY_ASSIGN(app::FirstAccount first, app::ensure_first_account(*store, settings.account_sid, settings.auth_token,
                                                                process.random, process.clock.now()));
  TRY_ASSIGN(const auto accounts, store->accounts());
  if (settings.account_sid.empty() && accounts.size() > 1) {
    return base::invalid_argument("set WAYBILL_ACCOUNT_SID to the account that the events belong to: " +
                                  folder.string() + " has " + std::to_string(accounts.size()));
  }
  if (first.is_new && settings.auth_token.empty()) {
    std::fputs(("A new data directory: Account SID " + first.account.sid.to_text() + ", Auth Token " +
                first.account.auth_token + "\n")
                   .c_str(),
               stderr);
  }
  return OpenedDirectory{std::move(store), std::move(first.account)};
}

base::Result<model::Account> account_for(const store::Registry& registry, const std::string& named,
                                         const app::Environment& environment) {
  TRY_ASSIGN(auto accounts, registry.accounts());
  if (named.empty() && accounts.size() == 1) return accounts.front();
  // For commands over HTTP that variable may hold a key, which names no account here.
  const std::string own = environment.find_trimmed("WAYBILL_ACCOUNT_SID").value_or("");
  const std::string text = named.empty() && own.starts_with("AC") ? own : named;
  if (text.empty()) return base::invalid_argument("--account: is needed where there is more than one account");
  const auto sid = model::AccountSid::parse(text);
  if (!sid) return base::invalid_argument("--account: " + base::quoted_for_message(text) + " " + sid.error().message());
  for (const model::Account& account : accounts) {
    if (account.sid == *sid) return account;
  }
  return base::not_found("there is no account " + sid->to_text());
}

base::Result<model::Workspace> workspace_for(const store::Registry& registry, const std::string& named,
                                             const std::string& workspace_sid, const app::Environment& environment) {
  const auto sid = model::WorkspaceSid::parse(workspace_sid);
  if (!sid) {
    return base::invalid_argument("--workspace: " + base::quoted_for_message(workspace_sid) + " " +
                                  sid.error().message());
  }
  if (named.empty()) {
    TRY_ASSIGN(const auto accounts, registry.accounts());
    std::vector<model::Workspace> found;
    for (const model::Account& account : accounts) {
      if (auto workspace = registry.find_workspace(account.number, *sid)) found.push_back(*std::move(workspace));
    }
    if (found.size() == 1) return found.front();
    if (found.empty())
      return base::not_found("there is no workspace " + sid->to_text() + "; see waybill workspace list");
  }
  TRY_ASSIGN(const model::Account account, account_for(registry, named, environment));
  if (auto workspace = registry.find_workspace(account.number, *sid)) return *std::move(workspace);
  return base::not_found("there is no workspace " + sid->to_text() + " in account " + account.sid.to_text());
}

}  // namespace waybill::cli
