#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/environment.h"
#include "base/result.h"
#include "cli/commands.h"
#include "codec/json_scan.h"
#include "http/client.h"
#include "http/url.h"

namespace waybill::cli {

// The administrator's token: out of a file, or where that is empty out of WAYBILL_ADMIN_TOKEN; nothing if there is
// none. The file's errors.
base::Result<std::optional<std::string>> find_admin_token(const std::filesystem::path& file, const Process& process);

// Asks one server, as an account or as its administrator. Not for concurrent use.
class ServerClient {
 public:
  // As the account in WAYBILL_ACCOUNT_SID and WAYBILL_AUTH_TOKEN. kInvalidArgument if one of them is missing.
  static base::Result<std::unique_ptr<ServerClient>> open_as_account(const std::string& url, const Process& process);
  // As find_admin_token says; kInvalidArgument if there is no token.
  static base::Result<std::unique_ptr<ServerClient>> open_as_administrator(const std::string& url,
                                                                           const std::filesystem::path& token_file,
                                                                           const Process& process);
  // With a token; an empty one asks as nobody.
  ServerClient(std::string url, const std::string& admin_token, http::ClientOptions options);

  // The answer, whatever its status, to a path with its query, or to a URL that the server gave, whose path is taken: a
  // server behind a proxy may give URLs that lead elsewhere. Errors as http::Client.
  base::Result<http::Response> send(http::Method method, const std::string& place, const http::Parameters& form = {});

  // The JSON of an answer of 200 or 201; it lives until the next call. Any other answer is an error as of refusal().
  base::Result<codec::CheckedJson> ask(http::Method method, const std::string& place,
                                       const http::Parameters& form = {});
  base::Result<codec::CheckedJson> get(const std::string& place) { return ask(http::Method::kGet, place); }

  // What an answer says that is not the one that was wanted: kInvalidArgument for a 400 with a reason, kBusy for a 503,
  // kUnavailable for any other; each with the server's own words, if it has some.
  [[nodiscard]] base::Error refusal(const http::Response& response) const;

  // The account whose workspace is meant, asking as the administrator: the one that is named; where `named` is empty,
  // the only one there is, the only one that has the workspace, else that of WAYBILL_ACCOUNT_SID. kInvalidArgument if
  // that leaves more than one.
  base::Result<std::string> account_of(const std::string& workspace_sid, const std::string& named,
                                       const app::Environment& environment);

 private:
  const std::string url_;
  std::vector<http::Header> headers_;
  http::Client client_;
  codec::JsonChecker checker_;
  http::Response answer_;
};

}  // namespace waybill::cli
