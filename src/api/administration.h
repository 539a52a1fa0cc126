#pragma once

#include "api/access.h"
#include "api/context.h"
#include "api/error_response.h"
#include "base/random.h"
#include "store/event_store.h"

namespace waybill::api {

// The operations above any account, for whoever has the administrator's token (docs/credentials.md): what the commands
// `account` and `key` do in a data directory, over HTTP. A secret is shown once, in the answer that makes it. That
// answer is sent once the change is committed, also where the accounts cannot be read at that moment; the change is
// then in force after the next look at them (Access::refresh). What disables or revokes is in force when it is answered
// with success. Parameters come as a form body. Safe for concurrent use.
class Administration {
 public:
  // All must outlive this object.
  Administration(store::Registry& registry, Access& access, base::Random& random)
      : registry_(registry), access_(access), random_(random) {}

  // GET /admin/v1/Accounts
  [[nodiscard]] ApiResult<http::Response> list_accounts() const;
  // POST /admin/v1/Accounts [FriendlyName] [AccountSid]: 201 with the new auth_token. Without a sid it gets a new one;
  // 409 if there is an account of that sid.
  [[nodiscard]] ApiResult<http::Response> create_account(const Context& context) const;
  // POST /admin/v1/Accounts/{AccountSid}/Rotate: 200 with a new auth_token; the old one is void.
  [[nodiscard]] ApiResult<http::Response> rotate_account(const Context& context) const;
  // POST /admin/v1/Accounts/{AccountSid}/Disable: 204; nobody comes in by it any more.
  [[nodiscard]] ApiResult<http::Response> disable_account(const Context& context) const;
  // GET /admin/v1/Keys
  [[nodiscard]] ApiResult<http::Response> list_keys() const;
  // POST /admin/v1/Accounts/{AccountSid}/Keys [FriendlyName]: 201 with the new secret.
  [[nodiscard]] ApiResult<http::Response> create_key(const Context& context) const;
  // POST /admin/v1/Keys/{KeySid}/Revoke: 204.
  [[nodiscard]] ApiResult<http::Response> revoke_key(const Context& context) const;

 private:
  void put_in_force() const;

  store::Registry& registry_;
  Access& access_;
  base::Random& random_;
};

// The account that the path's {AccountSid} names, for every route under /admin/v1. 404 if there is none.
ApiResult<model::Account> account_of_path(const Context& context, const store::Registry& registry);

}  // namespace waybill::api
