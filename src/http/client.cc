#include "http/client.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/strings.h"
#include "http/url.h"

namespace waybill::http {
namespace {

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

// libcurl's own set-up, once per process. It must stand before the first handle.
void set_up_library() {
  static const CURLcode kResult = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(kResult == CURLE_OK);
}

// curl names a list by its first element; it returns none when it is out of memory, the list still being ours.
void append(List& list, const std::string& line) {
  curl_slist* const first = curl_slist_append(list.get(), line.c_str());
  CHECK(first != nullptr);
  if (list == nullptr) list.reset(first);
}

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

// What one transfer brings.
struct Transfer {
  Response response;
  std::size_t body_bytes_max = 0;
  bool is_too_large = false;
};

std::size_t take_body(char* bytes, std::size_t /*always 1*/, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (count > transfer.body_bytes_max - transfer.response.body.size()) {
    transfer.is_too_large = true;
    return 0;
  }
  transfer.response.body.append(bytes, count);
  return count;
}

// Called with each whole line of the head, and of heads before it ("100 Continue").
std::size_t take_header(char* bytes, std::size_t /*always 1*/, std::size_t count, void* user) {
  auto& headers = static_cast<Transfer*>(user)->response.headers;
  const std::string_view line(bytes, count);
  if (line.starts_with("HTTP/")) {
    headers.clear();
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    headers.push_back({std::string(line.substr(0, colon)), std::string(base::trim(line.substr(colon + 1)))});
  }
  return count;
}

// Called again and again while a transfer is under way; anything but 0 ends it.
int take_progress(void* user, curl_off_t /*to get*/, curl_off_t /*got*/, curl_off_t /*to send*/, curl_off_t /*sent*/) {
  return (*static_cast<const std::function<bool()>*>(user))() ? 1 : 0;
}

// curl has undone the compression, so the headers that spoke of it would be wrong.
void drop_encoding_headers(Response& response) {
  if (!response.header("Content-Encoding")) return;
  std::erase_if(response.headers, [](const Header& header) {
    return base::equals_ignoring_case(header.name, "Content-Encoding") ||
           base::equals_ignoring_case(header.name, "Content-Length");
  });
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)) {
    set_up_library();
    handle_.reset(curl_easy_init());
    CHECK(handle_ != nullptr);
  }

  base::Result<Response> send(Method method, const std::string& url, const std::vector<Header>& headers,
                              std::string_view body) {
    TRY_ASSIGN(const Url parts, parse_url(url));
    if (method == Method::kOther) return base::invalid_argument("a request needs a method");
    TRY_ASSIGN(const List lines, lines_of(headers));

    Transfer transfer;
    transfer.body_bytes_max = options_.body_bytes_max;
    std::array<char, CURL_ERROR_SIZE> message{};
    // Connections survive a reset; every option is set anew, so that nothing leaks from request to request.
    curl_easy_reset(handle_.get());
    set_limits();
    set_request(method, url, lines, body);
    set(CURLOPT_ERRORBUFFER, message.data());
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, &transfer);
    const CURLcode code = curl_easy_perform(handle_.get());
    // The handle must not keep addresses of what ends here.
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
    if (code != CURLE_OK) return error_of(code, parts, transfer, message.data());

    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    drop_encoding_headers(transfer.response);
    return std::move(transfer.response);
  }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    // Fails only for an option that this build of curl lacks, or out of memory.
    CHECK(curl_easy_setopt(handle_.get(), option, value) == CURLE_OK);
  }

  void set_limits() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_time_max.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.request_time_max.count()));
    if (!options_.trust_file.empty()) set(CURLOPT_CAINFO, options_.trust_file.c_str());
    if (!options_.is_given_up) return;
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &take_progress);
    set(CURLOPT_XFERINFODATA, &options_.is_given_up);
  }

  void set_request(Method method, const std::string& url, const List& lines, std::string_view body) {
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_HTTPHEADER, lines.get());
    if (!options_.user.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERNAME, options_.user.c_str());
      set(CURLOPT_PASSWORD, options_.password.c_str());
    }
    if (method == Method::kHead) return set(CURLOPT_NOBODY, 1L);
    if (method == Method::kGet && body.empty()) return set(CURLOPT_HTTPGET, 1L);
    if (!body.empty() || method == Method::kPost || method == Method::kPut || method == Method::kPatch) {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, std::string(to_text(method)).c_str());
  }

  static base::Result<List> lines_of(const std::vector<Header>& headers) {
    List lines;
    bool has_content_type = false;
    for (const Header& header : headers) {
      if (header.name.empty() || has_line_break(header.name) || has_line_break(header.value)) {
        return base::invalid_argument("a header has no name, or holds a line break: " +
                                      base::quoted_for_message(header.name));
      }
      has_content_type = has_content_type || base::equals_ignoring_case(header.name, "Content-Type");
      // To curl, "Name:" means to leave the header out, and "Name;" to send it empty.
      append(lines, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    // A round trip more for each long body, and a type that nobody chose: curl would add both.
    append(lines, "Expect:");
    if (!has_content_type) append(lines, "Content-Type:");
    return lines;
  }

  static base::Error error_of(CURLcode code, const Url& url, const Transfer& transfer, std::string_view message) {
    if (transfer.is_too_large) {
      return base::too_large(
          fmt::format("the answer of {} is longer than {} bytes", url.authority, transfer.body_bytes_max));
    }
    const std::string_view why = message.empty() ? curl_easy_strerror(code) : message;
    // One that is too old, or of another name, is told by the library; more trust would not help.
    const bool is_unknown = why.find("self-signed") != std::string_view::npos ||
                            why.find("self signed") != std::string_view::npos ||
                            why.find("issuer certificate") != std::string_view::npos;
    if (code == CURLE_PEER_FAILED_VERIFICATION && is_unknown) {
      return base::io_error(
          fmt::format("no answer from {}: the certificate is signed by nobody known here; give it, or its issuer's, "
                      "with --ca-file (of a server with --tls-self-signed: DIR/tls/certificate.pem) ({})",
                      url.authority, why));
    }
    if (code == CURLE_URL_MALFORMAT) return base::invalid_argument(fmt::format("{}: {}", url.authority, why));
    return base::unavailable(fmt::format("no answer from {}: {}", url.authority, why));
  }

  const ClientOptions options_;
  std::unique_ptr<CURL, FreeHandle> handle_;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() = default;

base::Result<Response> Client::send(Method method, const std::string& url, const std::vector<Header>& headers,
                                    std::string_view body) {
  return impl_->send(method, url, headers, body);
}

}  // namespace waybill::http
