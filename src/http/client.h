#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace waybill::http {

struct ClientOptions {
  std::chrono::milliseconds connect_time_max{10'000};
  std::chrono::milliseconds request_time_max{120'000};
  std::size_t body_bytes_max = 256UL * 1024 * 1024;  // of an answer
  std::string user;                                  // HTTP Basic, if not empty; goes to the URL's own host only
  std::string password;
  std::filesystem::path trust_file;   // PEM of whom to trust beside those that the system trusts; empty: nobody else
  std::function<bool()> is_given_up;  // asked about once a second; true ends the request as if no answer had come
};

// A client for http and https URLs: keeps its connection, checks certificates, accepts gzip, follows no redirects, and
// goes through the proxy that the usual environment variables name (http/proxy.h). A request that finds its kept
// connection closed, before any byte of an answer, is sent once more on a new one. One request at a time: not for
// concurrent use.
class Client {
 public:
  explicit Client(ClientOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Sends one request and returns the answer, whatever its status. kInvalidArgument for a bad URL, header, trust_file
  // or variable of a proxy, kUnavailable (naming the host and what went wrong, never the password) if no whole answer
  // came, kTooLarge for one over the limit, kUntrusted for a certificate that is refused: asking again would not help.
  base::Result<Response> send(Method method, const std::string& url, const std::vector<Header>& headers,
                              std::string_view body);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::http
