#include "api/administration.h"

#include <string_view>
#include <utility>
#include <vector>

#include "api/form_body.h"
#include "base/crypto.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_writer.h"
#include "model/friendly_name.h"

namespace waybill::api {
namespace {

ApiResult<std::string> friendly_name(const QueryParams& params) {
  std::string name = params.raw("FriendlyName").value_or("");
  if (const auto fits = model::check_friendly_name(name); !fits) {
    return ApiError{400, 20002, "FriendlyName: " + fits.error().message()};
  }
  return name;
}

void write_time(codec::JsonWriter& out, std::string_view name, const std::optional<base::WallTime>& time) {
  out.key(name);
  time ? out.text(base::to_second_text(*time)) : out.null();
}

void write_account(codec::JsonWriter& out, const model::Account& account, std::string_view auth_token) {
  out.begin_object();
  out.member("sid", account.sid.to_text());
  out.member("friendly_name", account.friendly_name);
  if (!auth_token.empty()) out.member("auth_token", auth_token);
  write_time(out, "date_created", account.created);
  write_time(out, "date_disabled", account.disabled);
  out.end_object();
}

void write_key(codec::JsonWriter& out, const model::ApiKey& key, std::string_view account_sid,
               std::string_view secret) {
  out.begin_object();
  out.member("sid", key.sid.to_text());
  out.member("account_sid", account_sid);
  out.member("friendly_name", key.friendly_name);
  if (!secret.empty()) out.member("secret", secret);
  write_time(out, "date_created", key.created);
  write_time(out, "date_revoked", key.revoked);
  out.end_object();
}

http::Response account_response(int status, const model::Account& account, std::string_view auth_token) {
  std::string body;
  codec::JsonWriter out(body);
  write_account(out, account, auth_token);
  return json_response(status, std::move(body));
}

http::Response no_content() { return {204, {}, ""}; }

}  // namespace

ApiResult<http::Response> Administration::list_accounts() const {
  TRY_ASSIGN(const auto accounts, checked(registry_.accounts()));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("accounts").begin_array();
  for (const model::Account& account : accounts) write_account(out, account, {});
  out.end_array().end_object();
  return json_response(200, std::move(body));
}

// The change is committed, and its answer may hold a secret that nobody else knows: it is sent, whatever comes. Where
// accounts and keys cannot be read now, the next look at them (Access::refresh) puts it in force.
void Administration::put_in_force() const { static_cast<void>(access_.refresh().has_value()); }

ApiResult<http::Response> Administration::create_account(const Context& context) const {
  TRY_ASSIGN(const QueryParams params, parse_form_body(context.request, {"FriendlyName", "AccountSid"}));
  TRY_ASSIGN(const std::string name, friendly_name(params));
  model::AccountSid sid(random_.bytes<sizeof(model::SidBytes)>());
  if (const auto text = params.text("AccountSid")) {
    const auto given = model::AccountSid::parse(base::trim(*text));
    if (!given) {
      return invalid_parameter("AccountSid: " + base::quoted_for_message(*text) + " " + given.error().message());
    }
    sid = *given;
  }
  const std::string token = base::new_secret(random_);
  TRY_ASSIGN(const model::Account made, checked(registry_.create_account({{}, sid, token, name, context.now, {}})));
  put_in_force();
  return account_response(201, made, token);
}

ApiResult<http::Response> Administration::rotate_account(const Context& context) const {
  TRY_ASSIGN(const model::Account account, account_of_path(context, registry_));
  const std::string token = base::new_secret(random_);
  TRY(checked(registry_.set_auth_token(account.sid, token)));
  put_in_force();
  return account_response(200, account, token);
}

ApiResult<http::Response> Administration::disable_account(const Context& context) const {
  TRY_ASSIGN(const model::Account account, account_of_path(context, registry_));
  TRY(checked(registry_.disable_account(account.sid, context.now)));
  TRY(checked(access_.refresh()));
  return no_content();
}

ApiResult<http::Response> Administration::list_keys() const {
  TRY_ASSIGN(const auto accounts, checked(registry_.accounts()));
  TRY_ASSIGN(const auto keys, checked(registry_.keys()));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("keys").begin_array();
  for (const model::ApiKey& key : keys) {
    for (const model::Account& account : accounts) {
      if (account.number == key.account) write_key(out, key, account.sid.to_text(), {});
    }
  }
  out.end_array().end_object();
  return json_response(200, std::move(body));
}

ApiResult<http::Response> Administration::create_key(const Context& context) const {
  TRY_ASSIGN(const model::Account account, account_of_path(context, registry_));
  TRY_ASSIGN(const QueryParams params, parse_form_body(context.request, {"FriendlyName"}));
  TRY_ASSIGN(const std::string name, friendly_name(params));
  const std::string secret = base::new_secret(random_);
  const model::ApiKey key{model::ApiKeySid(random_.bytes<sizeof(model::SidBytes)>()),
                          account.number,
                          base::sha256(secret),
                          name,
                          context.now,
                          {}};
  TRY(checked(registry_.create_key(key)));
  put_in_force();
  std::string body;
  codec::JsonWriter out(body);
  write_key(out, key, account.sid.to_text(), secret);
  return json_response(201, std::move(body));
}

ApiResult<http::Response> Administration::revoke_key(const Context& context) const {
  const auto sid = model::ApiKeySid::parse(context.path.find("KeySid")->second);
  if (!sid) return resource_not_found(context.request.path);
  TRY(checked(registry_.revoke_key(*sid, context.now)));
  TRY(checked(access_.refresh()));
  return no_content();
}

ApiResult<model::Account> account_of_path(const Context& context, const store::Registry& registry) {
  const auto sid = model::AccountSid::parse(context.path.find("AccountSid")->second);
  TRY_ASSIGN(const auto accounts, checked(registry.accounts()));
  for (const model::Account& account : accounts) {
    if (sid && account.sid == *sid) return account;
  }
  return resource_not_found(context.request.path);
}

}  // namespace waybill::api
