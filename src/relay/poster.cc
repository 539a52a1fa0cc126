#include "relay/poster.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/strings.h"
#include "http/url.h"
#include "webhook/signature.h"

namespace waybill::relay {
namespace {

// Of an answer nothing but the status and Retry-After is looked at; but one that is cut off would look like none.
constexpr std::size_t kAnswerBytesMax = 1024UL * 1024;
constexpr std::chrono::milliseconds kConnectTimeMax{5'000};

class HttpPoster final : public Poster {
 public:
  explicit HttpPoster(http::ClientOptions options) : client_(std::move(options)) {}

  base::Result<http::Response> post(const std::string& url, const std::vector<http::Header>& headers,
                                    std::string_view body) override {
    return client_.send(http::Method::kPost, url, headers, body);
  }

 private:
  http::Client client_;
};

}  // namespace

std::unique_ptr<Poster> make_http_poster(std::chrono::milliseconds time_max, const std::filesystem::path& trust_file,
                                         const std::atomic<bool>& is_stopping) {
  http::ClientOptions options;
  options.connect_time_max = std::min(kConnectTimeMax, time_max);
  options.request_time_max = time_max;
  options.body_bytes_max = kAnswerBytesMax;
  options.trust_file = trust_file;
  options.is_given_up = [&is_stopping] { return is_stopping.load(); };
  return std::make_unique<HttpPoster>(std::move(options));
}

base::Result<std::vector<http::Header>> signed_headers(const std::string& auth_token, const ReceiverAddress& receiver,
                                                       std::string_view form) {
  TRY_ASSIGN(const http::Parameters parameters, http::parse_form(form));
  std::vector<http::Header> headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"},
                                       {std::string(webhook::kSignatureHeader),
                                        webhook::sign(auth_token, receiver.url, webhook::form_suffix(parameters))},
                                       {"User-Agent", "Waybill"}};
  if (!receiver.credentials.empty()) {
    headers.push_back({"Authorization", "Basic " + base::to_base64(receiver.credentials)});
  }
  return headers;
}

base::Result<ReceiverAddress> parse_receiver(std::string_view text) {
  ReceiverAddress address{std::string(text), ""};
  const std::size_t scheme = text.find("://");
  const std::size_t host = scheme == std::string_view::npos ? text.size() : scheme + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", host), text.size());
  const std::size_t at = text.substr(0, end).rfind('@');
  if (at != std::string_view::npos && at >= host) {
    const std::string_view given = text.substr(host, at - host);
    auto decoded = http::percent_decode(given);
    if (!decoded) return base::invalid_argument("the user and password of the URL hold a '%' without two hex digits");
    if (given.find(':') == std::string_view::npos || decoded->starts_with(':')) {
      return base::invalid_argument("the URL holds no user and password of the form user:password@");
    }
    address.credentials = *std::move(decoded);
    address.url.erase(host, at - host + 1);
  }
  TRY(http::parse_url(address.url));
  if (address.url.find('#') != std::string::npos) {
    return base::invalid_argument(base::quoted_for_message(address.url) + " must not have a fragment");
  }
  const std::size_t path = address.url.find_first_of("/?", address.url.find("://") + 3);
  if (path == std::string::npos) {
    address.url += '/';
  } else if (address.url[path] == '?') {
    address.url.insert(path, "/");
  }
  return address;
}

std::string url_for_log(const std::string& url) {
  const std::size_t query = url.find('?');
  return query == std::string::npos ? url : url.substr(0, query) + "?…";
}

}  // namespace waybill::relay
