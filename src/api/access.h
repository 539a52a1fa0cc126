#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/mutex.h"
#include "base/result.h"
#include "http/message.h"
#include "model/workspace.h"
#include "store/event_store.h"

namespace waybill::api {

// Who may come in. Holds the accounts and keys of a registry in memory and renews them when they change there. Safe for
// concurrent use.
class Access {
 public:
  // `registry` must outlive this object. Nobody may come in before the first refresh().
  Access(const store::Registry& registry, std::string admin_token);

  // Reads accounts and keys again if they have changed since the last time. The registry's errors; what was known
  // stays in force then.
  base::Result<void> refresh();

  // The account that a request's Authorization header proves: HTTP Basic with Account SID and Auth Token, or with an
  // API key's SID and its secret. Nothing if it proves none: no header, a wrong secret, an account disabled, a key
  // revoked. Secrets are compared in constant time.
  [[nodiscard]] std::optional<model::Account> authenticate(const http::Request& request) const;

  // The account of that sid, and all of them if they are no more than `max`, none otherwise; without those that are
  // disabled.
  [[nodiscard]] std::optional<model::Account> find_account(std::string_view sid) const;
  [[nodiscard]] std::vector<model::Account> accounts_if_few(std::size_t max) const;

  // Whether the request carries the administrator's token: `Authorization: Bearer <token>`.
  [[nodiscard]] bool is_administrator(const http::Request& request) const;

 private:
  struct KnownAccount {
    model::Account account;
    base::Sha256 token_hash;
  };
  struct Directory {
    std::int64_t version = -1;
    std::map<model::AccountSid, KnownAccount> accounts;
    std::map<model::AccountNumber, model::AccountSid> account_sids;
    std::map<model::ApiKeySid, model::ApiKey> keys;
  };

  static std::optional<model::Account> by_token(const Directory& directory, const std::string& user,
                                                std::string_view password);
  static std::optional<model::Account> by_key(const Directory& directory, const std::string& user,
                                              std::string_view password);
  std::shared_ptr<const Directory> directory() const;

  const store::Registry& registry_;
  const std::string admin_token_;

  mutable base::Mutex mutex_;

  std::shared_ptr<const Directory> directory_ GUARDED_BY(mutex_);
};

}  // namespace waybill::api
