#include "cli/account_client.h"

#include <algorithm>
#include <utility>

#include "cli/json_member.h"

namespace waybill::cli {

base::Result<std::unique_ptr<AccountClient>> AccountClient::open(const std::string& url, const Process& process) {
  http::ClientOptions options;
  options.user = process.environment.find("WAYBILL_ACCOUNT_SID").value_or("");
  options.password = process.environment.find("WAYBILL_AUTH_TOKEN").value_or("");
  if (options.user.empty() || options.password.empty()) {
    return base::invalid_argument(
        "a server asks who you are: set WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN to an account's credentials");
  }
  std::string base_url = url;
  while (base_url.ends_with('/')) base_url.pop_back();
  return std::unique_ptr<AccountClient>(new AccountClient(std::move(base_url), std::move(options)));
}

base::Result<codec::CheckedJson> AccountClient::get(const std::string& place) {
  constexpr std::size_t kNestingMax = 64;
  // A server behind a proxy may give URLs that lead elsewhere than --url.
  const std::string path = place.starts_with('/') ? place : place.substr(std::min(place.find("/v1/"), place.size()));
  TRY_ASSIGN(answer_, client_.send(http::Method::kGet, url_ + path, {}, ""));
  auto body = checker_.check(answer_.body, kNestingMax);
  if (body && answer_.status == 200) return body;
  const std::string message = body ? text_member(*body, "message") : std::string();
  if (answer_.status == 400 && !message.empty()) return base::invalid_argument(message);
  return base::unavailable("the server answered " + std::to_string(answer_.status) +
                           (message.empty() ? std::string() : ": " + message));
}

}  // namespace waybill::cli
