#include "relay/poster.h"

#include <algorithm>
#include <utility>

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

base::Result<std::vector<http::Header>> signed_headers(const std::string& auth_token, const std::string& url,
                                                       std::string_view form) {
  TRY_ASSIGN(const http::Parameters parameters, http::parse_form(form));
  return std::vector<http::Header>{
      {"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"},
      {std::string(webhook::kSignatureHeader), webhook::sign(auth_token, url, webhook::form_suffix(parameters))},
      {"User-Agent", "Waybill"}};
}

base::Result<std::string> parse_receiver(std::string_view text) {
  TRY(http::parse_url(text));
  if (text.find('#') != std::string_view::npos) {
    return base::invalid_argument(base::quoted_for_message(text) + " must not have a fragment");
  }
  std::string url(text);
  const std::size_t path = url.find_first_of("/?", url.find("://") + 3);
  if (path == std::string::npos) return url + "/";
  if (url[path] == '?') url.insert(path, "/");
  return url;
}

std::string url_for_log(const std::string& url) {
  const std::size_t query = url.find('?');
  return query == std::string::npos ? url : url.substr(0, query) + "?…";
}

}  // namespace waybill::relay
