#include "cli/open_store.h"

#include "codec/event_difference.h"

namespace waybill::cli {

base::Result<std::unique_ptr<store::LocalStore>> open_store(const std::filesystem::path& folder, const Process& process,
                                                            const store::LocalOptions& options) {
  return store::LocalStore::open(
      folder, {process.random, process.clock, process.log, process.files, codec::events_differ}, options);
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
