#include "cli/server_client.h"

#include <algorithm>
#include <utility>

#include "app/admin_token.h"
#include "base/bounded_files.h"
#include "base/strings.h"
#include "cli/flag_names.h"
#include "cli/json_member.h"
#include "cli/trust.h"
#include "http/url.h"

namespace waybill::cli {
namespace {

using base::Result;

std::string without_end_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string path_of(const std::string& place) {
  if (place.starts_with('/')) return place;
  return place.substr(std::min(place.find("/v1/"), place.size()));
}

}  // namespace

Result<std::optional<std::string>> find_admin_token(const std::filesystem::path& file, const Process& process) {
  if (file.empty()) return process.environment.find_trimmed("WAYBILL_ADMIN_TOKEN");
  TRY_ASSIGN(const std::string text, base::read_file_up_to(file, base::kSmallFileMax));
  const std::string token(base::trim(text));
  if (token.empty()) return base::invalid_argument(file.string() + ": is empty, and should hold a token");
  if (!app::is_admin_token(token)) {
    return base::invalid_argument(file.string() + ": holds no administrator's token, which is 32 hexadecimal digits");
  }
  return std::optional(token);
}

Result<std::unique_ptr<ServerClient>> ServerClient::open_as_account(const std::string& url, const Process& process) {
  http::ClientOptions options;
  options.user = process.environment.find_trimmed("WAYBILL_ACCOUNT_SID").value_or("");
  options.password = process.environment.find_trimmed("WAYBILL_AUTH_TOKEN").value_or("");
  if (options.user.empty() || options.password.empty()) {
    return base::invalid_argument(
        "credentials required: set WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN to an account's SID and Auth Token");
  }
  options.trust_file = trust_file_for(url, process);
  return std::make_unique<ServerClient>(url, "", std::move(options));
}

Result<std::unique_ptr<ServerClient>> ServerClient::open_as_administrator(const std::string& url,
                                                                          const std::filesystem::path& token_file,
                                                                          const Process& process) {
  TRY_ASSIGN(const auto token, find_admin_token(token_file, process));
  if (!token) {
    return base::invalid_argument(
        "a server wants the administrator's token: set WAYBILL_ADMIN_TOKEN to it, or name the file that holds it "
        "(admin.token of the data directory) with --admin-token-file");
  }
  http::ClientOptions options;
  options.trust_file = trust_file_for(url, process);
  return std::make_unique<ServerClient>(url, *token, std::move(options));
}

ServerClient::ServerClient(std::string url, const std::string& admin_token, http::ClientOptions options)
    : url_(without_end_slash(std::move(url))), client_(std::move(options)) {
  if (!admin_token.empty()) headers_.push_back({"Authorization", "Bearer " + admin_token});
}

Result<http::Response> ServerClient::send(http::Method method, const std::string& place, const http::Parameters& form) {
  std::vector<http::Header> headers = headers_;
  if (!form.empty()) headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  return client_.send(method, url_ + path_of(place), headers, http::encode_form(form));
}

Result<codec::CheckedJson> ServerClient::ask(http::Method method, const std::string& place,
                                             const http::Parameters& form) {
  TRY_ASSIGN(answer_, send(method, place, form));
  if (answer_.status != 200 && answer_.status != 201) return refusal(answer_);
  auto body = checker_.check(answer_.body, codec::kStoredNestingMax);
  if (!body) return base::unavailable("the server's answer is no JSON: " + body.error().message());
  return body;
}

base::Error ServerClient::refusal(const http::Response& response) const {
  if (response.status == 401 && !headers_.empty()) {
    return base::unavailable("the server does not take this token: its own is in admin.token of its data directory");
  }
  codec::JsonChecker checker;
  const auto body = checker.check(response.body, codec::kStoredNestingMax);
  const std::string message = body ? text_member(*body, "message") : std::string();
  if (response.status == 400 && !message.empty()) return base::invalid_argument(with_flag_names(message));
  const std::string told =
      "the server answered " + std::to_string(response.status) + (message.empty() ? "" : ": " + message);
  return response.status == 503 ? base::busy(told) : base::unavailable(told);
}

Result<std::string> ServerClient::account_of(const std::string& workspace_sid, const std::string& named,
                                             const app::Environment& environment) {
  if (!named.empty()) return named;
  TRY_ASSIGN(const codec::CheckedJson body, get("/admin/v1/Accounts"));
  const auto list = find_member(body, "accounts");
  if (!list || !list->is_array()) return base::unavailable("the server's answer has no accounts");
  std::vector<std::string> sids;
  for (codec::ElementScanner scan(*list); scan.next();) sids.push_back(text_member(scan.value(), "sid"));
  if (sids.size() == 1) return sids.front();
  std::vector<std::string> owners;
  for (const std::string& sid : sids) {
    const std::string path = "/admin/v1/Accounts/" + http::percent_encode(sid) + "/Workspaces/" +
                             http::percent_encode(workspace_sid) + "/Retention";
    TRY_ASSIGN(const http::Response answer, send(http::Method::kGet, path));
    if (answer.status == 200) owners.push_back(sid);
    if (answer.status != 200 && answer.status != 404) return refusal(answer);
  }
  if (owners.size() == 1) return owners.front();
  if (const auto own = environment.find_trimmed("WAYBILL_ACCOUNT_SID"); own && own->starts_with("AC")) return *own;
  if (owners.empty()) return base::not_found("no account has a workspace " + base::quoted_for_message(workspace_sid));
  return base::invalid_argument("--account: is needed, since " + std::to_string(owners.size()) +
                                " accounts have a workspace " + workspace_sid);
}

}  // namespace waybill::cli
