#include "app/first_account.h"

#include <algorithm>

#include "base/crypto.h"

namespace waybill::app {

base::Result<FirstAccount> ensure_first_account(store::Registry& registry, const std::string& account_sid,
                                                const std::string& auth_token, base::Random& random, base::WallTime now,
                                                const std::string& name) {
  std::optional<model::AccountSid> wanted;
  if (!account_sid.empty()) {
    TRY_ASSIGN(wanted, model::AccountSid::parse(account_sid));
  }
  TRY_ASSIGN(const auto accounts, registry.accounts());
  const auto is_it = [&](const model::Account& account) {
    return wanted ? account.sid == *wanted : !account.disabled.has_value();
  };
  auto first = std::find_if(accounts.begin(), accounts.end(), is_it);
  if (first == accounts.end() && !wanted) first = accounts.begin();
  if (first != accounts.end()) {
    return FirstAccount{*first, false, first->friendly_name == kDemoAccountName,
                        !auth_token.empty() && auth_token != first->auth_token};
  }
  if (!accounts.empty()) {
    return base::conflict("WAYBILL_ACCOUNT_SID names " + wanted->to_text() +
                          ", which this data directory does not have; its first account is " +
                          accounts.front().sid.to_text() + ". Others are made by `waybill account create`");
  }
  const model::AccountSid sid = wanted.value_or(model::AccountSid(random.bytes<sizeof(model::SidBytes)>()));
  const std::string token = auth_token.empty() ? base::new_secret(random) : auth_token;
  const std::string called = auth_token.empty() ? name : kFirstAccountName;
  TRY_ASSIGN(const model::Account made, registry.create_account({{}, sid, token, called, now, {}}));
  return FirstAccount{made, true, auth_token.empty(), false};
}

}  // namespace waybill::app
