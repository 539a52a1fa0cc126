#include "cli/open_store.h"

#include <cstdio>
#include <utility>

#include "app/first_account.h"
#include "app/settings.h"
#include "cli/act_as_owner.h"
#include "codec/event_difference.h"

namespace waybill::cli {

base::Result<std::unique_ptr<store::LocalStore>> open_store(const std::filesystem::path& folder, const Process& process,
                                                            const store::LocalOptions& options) {
  TRY(act_as_owner(folder));
  return store::LocalStore::open(
      folder, {process.random, process.clock, process.log, process.files, codec::events_differ}, options);
}

base::Result<OpenedDirectory> open_directory(const std::filesystem::path& folder, const Process& process) {
  // Read as settings, so that what a server would refuse is refused here, and before the folder is made.
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  TRY_ASSIGN(std::unique_ptr<store::LocalStore> store, open_store(folder, process, settings.store));
  TRY_ASSIGN(app::FirstAccount first, app::ensure_first_account(*store, settings.account_sid, settings.auth_token,
                                                                process.random, process.clock.now()));
  if (first.is_new && settings.auth_token.empty()) {
    std::fputs(("A new data directory: Account SID " + first.account.sid.to_text() + ", Auth Token " +
                first.account.auth_token + "\n")
                   .c_str(),
               stderr);
  }
  return OpenedDirectory{std::move(store), std::move(first.account)};
}

base::Result<model::Account> account_for(const store::Registry& registry, const std::string& sid) {
  TRY_ASSIGN(auto accounts, registry.accounts());
  if (sid.empty() && accounts.size() == 1) return accounts.front();
  if (sid.empty()) return base::invalid_argument("--account: is needed where there is more than one account");
  for (const model::Account& account : accounts) {
    if (account.sid.to_text() == sid) return account;
  }
  return base::not_found("there is no account " + sid);
}

}  // namespace waybill::cli
