#include "api/access.h"

#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/strings.h"

namespace waybill::api {
namespace {

// What follows `scheme` in the Authorization header.
std::optional<std::string_view> credentials(const http::Request& request, std::string_view scheme) {
  const auto header = request.header("Authorization");
  if (!header || header->size() <= scheme.size()) return std::nullopt;
  if (!base::equals_ignoring_case(header->substr(0, scheme.size()), scheme) || (*header)[scheme.size()] != ' ') {
    return std::nullopt;
  }
  return base::trim(header->substr(scheme.size()));
}

// Compares hashes, so that not even a secret's length shows in the time it takes.
bool has_hash(std::string_view secret, const base::Sha256& known) {
  const base::Sha256 hash = base::sha256(secret);
  return base::equal_in_constant_time(base::as_text(hash), base::as_text(known));
}

}  // namespace

Access::Access(const store::Registry& registry, std::string admin_token)
    : registry_(registry), admin_token_(std::move(admin_token)), directory_(std::make_shared<const Directory>()) {}

base::Result<void> Access::refresh() {
  TRY_ASSIGN(const std::int64_t version, registry_.access_version());
  if (directory()->version == version) return {};
  TRY_ASSIGN(const auto accounts, registry_.accounts());
  TRY_ASSIGN(const auto keys, registry_.keys());
  auto fresh = std::make_shared<Directory>();
  fresh->version = version;
  for (const model::Account& account : accounts) {
    fresh->account_sids.emplace(account.number, account.sid);
    fresh->accounts.emplace(account.sid, KnownAccount{account, base::sha256(account.auth_token)});
  }
  for (const model::ApiKey& key : keys) fresh->keys.emplace(key.sid, key);
  const base::MutexLock lock(mutex_);
  // Another thread may have read a newer state meanwhile; what it found stays.
  if (directory_->version < version) directory_ = std::move(fresh);
  return {};
}

std::optional<model::Account> Access::authenticate(const http::Request& request) const {
  const auto encoded = credentials(request, "Basic");
  if (!encoded) return std::nullopt;
  const auto decoded = base::from_base64(*encoded);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  const std::string user = decoded->substr(0, colon);
  const std::string_view password = std::string_view(*decoded).substr(colon + 1);
  const auto known = directory();
  return user.starts_with("SK") ? by_key(*known, user, password) : by_token(*known, user, password);
}

std::optional<model::Account> Access::find_account(std::string_view sid) const {
  const auto parsed = model::AccountSid::parse(sid);
  const auto known = directory();
  const auto found = parsed ? known->accounts.find(*parsed) : known->accounts.end();
  if (found == known->accounts.end() || found->second.account.disabled) return std::nullopt;
  return found->second.account;
}

std::vector<model::Account> Access::accounts_if_few(std::size_t max) const {
  const auto known = directory();
  std::vector<model::Account> out;
  for (const auto& [sid, one] : known->accounts) {
    if (one.account.disabled) continue;
    if (out.size() == max) return {};
    out.push_back(one.account);
  }
  return out;
}

bool Access::is_administrator(const http::Request& request) const {
  const auto token = credentials(request, "Bearer");
  return token && !admin_token_.empty() && has_hash(*token, base::sha256(admin_token_));
}

std::optional<model::Account> Access::by_token(const Directory& directory, const std::string& user,
                                               std::string_view password) {
  const auto sid = model::AccountSid::parse(user);
  const auto found = sid ? directory.accounts.find(*sid) : directory.accounts.end();
  // An unknown account costs what a known one does.
  const bool is_known = found != directory.accounts.end();
  const bool right = has_hash(password, is_known ? found->second.token_hash : base::Sha256{});
  if (!is_known || !right || found->second.account.disabled) return std::nullopt;
  return found->second.account;
}

std::optional<model::Account> Access::by_key(const Directory& directory, const std::string& user,
                                             std::string_view password) {
  const auto sid = model::ApiKeySid::parse(user);
  const auto found = sid ? directory.keys.find(*sid) : directory.keys.end();
  const bool is_known = found != directory.keys.end();
  const bool right = has_hash(password, is_known ? found->second.secret_hash : base::Sha256{});
  if (!is_known || !right || found->second.revoked) return std::nullopt;
  // A key may have been read whose account was made a moment later; the next refresh knows both.
  const auto sid_of_account = directory.account_sids.find(found->second.account);
  if (sid_of_account == directory.account_sids.end()) return std::nullopt;
  const model::Account& account = directory.accounts.find(sid_of_account->second)->second.account;
  return account.disabled ? std::nullopt : std::optional(account);
}

std::shared_ptr<const Access::Directory> Access::directory() const {
  const base::MutexLock lock(mutex_);
  return directory_;
}

}  // namespace waybill::api
