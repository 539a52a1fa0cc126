#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/commands.h"
#include "codec/json_scan.h"
#include "http/client.h"

namespace waybill::cli {

// Asks a server for JSON, as the account whose credentials are in the environment. Not for concurrent use.
class AccountClient {
 public:
  // kInvalidArgument if WAYBILL_ACCOUNT_SID or WAYBILL_AUTH_TOKEN is missing.
  static base::Result<std::unique_ptr<AccountClient>> open(const std::string& url, const Process& process);

  // The answer to GET of a path with its query, or of a URL that the server gave, whose path is taken. It lives until
  // the next call. kInvalidArgument for a 400, kUnavailable for any other answer but 200.
  base::Result<codec::CheckedJson> get(const std::string& place);

 private:
  AccountClient(std::string url, http::ClientOptions options) : url_(std::move(url)), client_(std::move(options)) {}

  const std::string url_;
  http::Client client_;
  codec::JsonChecker checker_;
  http::Response answer_;
};

}  // namespace waybill::cli
