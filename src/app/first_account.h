#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/workspace.h"
#include "store/event_store.h"

namespace waybill::app {

// How the first account is called. The second one's Auth Token was made by a demonstration, and may be shown by the
// next one: nobody chose it.
inline constexpr const char* kFirstAccountName = "First account";
inline constexpr const char* kDemoAccountName = "Demonstration";

// The account that exists from the start, and whether this start made it.
struct FirstAccount {
  model::Account account;
  bool is_new = false;
  bool token_is_made = false;      // the Auth Token was made by this start, or by a demonstration's
  bool keeps_other_token = false;  // an Auth Token was given, but the account has had another since it was made
};

// The store's first account that is not disabled, or the one that `account_sid` names; made if there is none, with the
// given credentials or random ones (empty texts), and with `name` if its token is random.
// kConflict if `account_sid` names an account that a store with others does not have.
base::Result<FirstAccount> ensure_first_account(store::Registry& registry, const std::string& account_sid,
                                                const std::string& auth_token, base::Random& random, base::WallTime now,
                                                const std::string& name = kFirstAccountName);

}  // namespace waybill::app
