#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/client.h"

namespace waybill::relay {

// Posts to receivers, one after the other. Not for concurrent use.
class Poster {
 public:
  Poster() = default;
  Poster(const Poster&) = delete;
  Poster& operator=(const Poster&) = delete;
  virtual ~Poster() = default;

  // The answer, whatever its status; an error if there was none.
  virtual base::Result<http::Response> post(const std::string& url, const std::vector<http::Header>& headers,
                                            std::string_view body) = 0;
};

using MakePoster = std::function<std::unique_ptr<Poster>()>;

// Over HTTP: waits for an answer no longer than `time_max`, and gives up within a second or so once `is_stopping`,
// which must outlive it. `trust_file` is as http::ClientOptions has it.
std::unique_ptr<Poster> make_http_poster(std::chrono::milliseconds time_max, const std::filesystem::path& trust_file,
                                         const std::atomic<bool>& is_stopping);

// A receiver, as a setting names it.
struct ReceiverAddress {
  std::string url;               // as it is signed and posted to, and as it is shown: without user and password
  std::string credentials = {};  // user:password, decoded; a secret; empty: none
};

// What is sent with a form: that it is one, X-Twilio-Signature for the receiver's URL, which is signed as it is
// written, and its credentials. kInvalidArgument if the text is no form.
base::Result<std::vector<http::Header>> signed_headers(const std::string& auth_token, const ReceiverAddress& receiver,
                                                       std::string_view form);

// A receiver's address out of a URL, which may hold user:password@; its path is "/" where it has none. kInvalidArgument
// for what is no http or https URL or has a fragment; the message never shows user and password.
base::Result<ReceiverAddress> parse_receiver(std::string_view text);

// The URL without its query, which may hold a secret: for log lines.
std::string url_for_log(const std::string& url);

}  // namespace waybill::relay
