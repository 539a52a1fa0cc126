#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "cli/commands.h"
#include "codec/json_scan.h"
#include "http/client.h"
#include "http/url.h"

namespace waybill::cli {

// Where a server is, and the token of its administrator.
struct AdminPlace {
  std::string url;
  std::filesystem::path token_file;  // empty: the token is in WAYBILL_ADMIN_TOKEN
};

// Asks a server as its administrator. Not for concurrent use.
class AdminClient {
 public:
  // kInvalidArgument if there is no token, or the file's errors.
  static base::Result<std::unique_ptr<AdminClient>> open(const AdminPlace& place, const Process& process);

  // The JSON of the answer, which lives until the next call. kInvalidArgument for what the server calls that, kBusy for
  // a 503, kUnavailable for any other failure; each with the server's own words, if it has some.
  base::Result<codec::CheckedJson> ask(http::Method method, const std::string& path, const http::Parameters& form = {});

 private:
  AdminClient(std::string url, std::string token)
      : url_(std::move(url)), token_(std::move(token)), client_(http::ClientOptions{}) {}

  const std::string url_;
  const std::string token_;
  http::Client client_;
  codec::JsonChecker checker_;
  http::Response answer_;
};

}  // namespace waybill::cli
