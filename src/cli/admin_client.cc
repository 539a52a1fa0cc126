#include "cli/admin_client.h"

#include "base/files.h"
#include "base/strings.h"
#include "cli/json_member.h"

namespace waybill::cli {
namespace {

using base::Result;

// Of an answer, which may have events in it, as a server let them in.
constexpr std::size_t kNestingMax = 1024;

base::Error to_error(int status, const std::string& message) {
  if (status == 401) {
    return base::unavailable("the server does not take this token: its own is in admin.token of its data directory");
  }
  if (status == 400 && !message.empty()) return base::invalid_argument(message);
  const std::string told = "the server answered " + std::to_string(status) + (message.empty() ? "" : ": " + message);
  return status == 503 ? base::busy(told) : base::unavailable(told);
}

}  // namespace

Result<std::unique_ptr<AdminClient>> AdminClient::open(const AdminPlace& place, const Process& process) {
  std::string token = process.environment.find("WAYBILL_ADMIN_TOKEN").value_or("");
  if (!place.token_file.empty()) {
    TRY_ASSIGN(const std::string text, base::read_file(place.token_file));
    token = base::trim(text);
  }
  if (token.empty()) {
    return base::invalid_argument(
        "a server wants the administrator's token: set WAYBILL_ADMIN_TOKEN to it, or name the file that holds it "
        "(admin.token of the data directory) with --admin-token-file");
  }
  std::string url = place.url;
  while (url.ends_with('/')) url.pop_back();
  return std::unique_ptr<AdminClient>(new AdminClient(std::move(url), std::move(token)));
}

Result<codec::CheckedJson> AdminClient::ask(http::Method method, const std::string& path,
                                            const http::Parameters& form) {
  std::vector<http::Header> headers = {{"Authorization", "Bearer " + token_}};
  if (!form.empty()) headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  TRY_ASSIGN(answer_, client_.send(method, url_ + path, headers, http::encode_form(form)));
  auto body = checker_.check(answer_.body, kNestingMax);
  if (body && (answer_.status == 200 || answer_.status == 201)) return body;
  return to_error(answer_.status, body ? text_member(*body, "message") : std::string());
}

}  // namespace waybill::cli
