#include "http/client.h"

#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/strings.h"
#include "http/client_connection.h"
#include "http/gunzip.h"
#include "http/proxy.h"
#include "http/url.h"

namespace waybill::http {
namespace {

namespace asio = boost::asio;
using base::Result;
using boost::system::error_code;

constexpr std::chrono::seconds kGiveUpPause{1};

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

std::optional<std::string> environment_variable(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread changes the environment
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// The authority as Host names it: without the scheme's own port.
std::string host_header(const Url& url, const HostAndPort& place) {
  const bool is_usual = place.port == (url.scheme == "https" ? 443 : 80);
  const std::string host = place.host.find(':') == std::string::npos ? place.host : "[" + place.host + "]";
  return is_usual ? host : host + ":" + std::to_string(place.port);
}

Result<void> check_headers(const std::vector<Header>& headers) {
  for (const Header& header : headers) {
    if (header.name.empty() || has_line_break(header.name) || has_line_break(header.value)) {
      return base::invalid_argument("a header has no name, or holds a line break: " +
                                    base::quoted_for_message(header.name));
    }
  }
  return {};
}

// Undoes the compression, and drops the headers that spoke of it.
Result<void> decode_body(Response& response, std::size_t bytes_max) {
  const auto encoding = response.header("Content-Encoding");
  if (!encoding || base::equals_ignoring_case(*encoding, "identity")) return {};
  if (!base::equals_ignoring_case(*encoding, "gzip") && !base::equals_ignoring_case(*encoding, "x-gzip")) {
    return base::unavailable("the answer is encoded as " + base::quoted_for_message(*encoding) +
                             ", which was not asked for");
  }
  if (!response.body.empty()) {
    TRY_ASSIGN(response.body, gunzip(response.body, bytes_max));
  }
  std::erase_if(response.headers, [](const Header& header) {
    return base::equals_ignoring_case(header.name, "Content-Encoding") ||
           base::equals_ignoring_case(header.name, "Content-Length");
  });
  return {};
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)) {}

  Result<Response> send(Method method, const std::string& url, const std::vector<Header>& headers,
                        std::string_view body) {
    TRY_ASSIGN(const Url parts, parse_url(url));
    if (method == Method::kOther) return base::invalid_argument("a request needs a method");
    TRY(check_headers(headers));
    TRY_ASSIGN(const ClientRoute route, route_to(parts));
    if (route.is_encrypted) TRY(set_up_tls());
    const std::string head = head_of(method, parts, route, headers, body);
    auto response = exchange(route, {head, body, method == Method::kHead, options_.body_bytes_max});
    if (response) {
      if (auto decoded = decode_body(*response, options_.body_bytes_max); !decoded) response = decoded.error();
    }
    if (response) return response;
    if (response.error().code() == base::ErrorCode::kTooLarge) {
      return base::too_large(
          fmt::format("the answer of {} is longer than {} bytes", parts.authority, options_.body_bytes_max));
    }
    const std::string message = fmt::format("no answer from {}: {}", parts.authority, response.error().message());
    return response.error().code() == base::ErrorCode::kUntrusted ? base::untrusted(message)
                                                                  : base::unavailable(message);
  }

 private:
  // Once, with the first request that wants it: certificates take a while to read.
  Result<void> set_up_tls() {
    if (is_tls_set_up_) return {};
    SSL_CTX* const native = tls_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    // Who trusts a certificate trusts it, whoever signed it.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(native), X509_V_FLAG_PARTIAL_CHAIN);
    error_code error;
    tls_.set_verify_mode(asio::ssl::verify_peer, error);
    // Without any there is nobody to trust, which the handshake will say.
    tls_.set_default_verify_paths(error);
    if (options_.trust_file.empty()) error.clear();
    if (!options_.trust_file.empty()) tls_.load_verify_file(options_.trust_file.string(), error);
    if (error) {
      return base::invalid_argument(options_.trust_file.string() + ": holds no certificates in PEM, or cannot be read");
    }
    is_tls_set_up_ = true;
    return {};
  }

  static Result<ClientRoute> route_to(const Url& url) {
    const HostAndPort place = host_and_port(url);
    TRY_ASSIGN(auto proxy, proxy_of(url, environment_variable));
    return ClientRoute{url.scheme == "https", place.host, place.port, std::move(proxy)};
  }

  [[nodiscard]] std::string head_of(Method method, const Url& url, const ClientRoute& route,
                                    const std::vector<Header>& headers, std::string_view body) const {
    const std::string host = host_header(url, host_and_port(url));
    const bool is_relayed = route.proxy && !route.is_encrypted;
    std::string head = std::string(to_text(method)) + " " + (is_relayed ? "http://" + host : "") + url.path +
                       " HTTP/1.1\r\nHost: " + host + "\r\n";
    const auto add = [&head](std::string_view name, std::string_view value) {
      head.append(name).append(": ").append(value).append("\r\n");
    };
    if (is_relayed && !route.proxy->authorization.empty()) add("Proxy-Authorization", route.proxy->authorization);
    if (!options_.user.empty())
      add("Authorization", "Basic " + base::to_base64(options_.user + ":" + options_.password));
    add("Accept", "*/*");
    add("Accept-Encoding", "gzip");
    for (const Header& header : headers) add(header.name, header.value);
    if (!body.empty() || method == Method::kPost || method == Method::kPut || method == Method::kPatch) {
      add("Content-Length", std::to_string(body.size()));
    }
    return head + "\r\n";
  }

  // On the connection of before if that leads there; one that was closed meanwhile is replaced, once. A request with a
  // body may have been done when its answer fails to come, and is its sender's to repeat.
  Result<Response> exchange(const ClientRoute& route, const ClientExchange& wanted) {
    const bool is_kept = connection_ && connection_->can_be_reused() && connection_->route() == route;
    if (!is_kept) connection_ = std::make_unique<ClientConnection>(context_, tls_, route);
    auto response = run(wanted, is_kept);
    const bool may_repeat = wanted.body.empty();
    if (!response && is_kept && may_repeat && !connection_->has_received() && !given_up_) {
      connection_ = std::make_unique<ClientConnection>(context_, tls_, route);
      response = run(wanted, false);
    }
    if (!response) connection_.reset();
    return response;
  }

  Task<void> perform([[maybe_unused]] ClientExchange wanted, bool is_open, std::optional<Result<Response>>& outcome) {
    if (!is_open) {
      Timer timer(context_.get_executor());
      const std::shared_ptr<bool> is_over =
          give_up_after(timer, options_.connect_time_max, "connecting took longer than {} ms");
      auto opened = co_await connection_->open();
      *is_over = true;
      timer.cancel();
      if (!opened) {
        outcome = std::move(opened).error();
        co_return;
      }
    }
#ifndef __clang_analyzer__  // It takes a pointer inside Asio's awaitable for one that nobody has set.
    outcome = co_await connection_->exchange(wanted);
#endif
  }

  Result<Response> run(const ClientExchange& wanted, bool is_open) {
    given_up_.reset();
    std::optional<Result<Response>> outcome;
    Timer deadline(context_.get_executor());
    Timer pulse(context_.get_executor());
    const std::shared_ptr<bool> is_over =
        give_up_after(deadline, options_.request_time_max, "the answer took longer than {} ms");
    if (options_.is_given_up) ask_whether_given_up(pulse, is_over);
    context_.restart();
    asio::co_spawn(context_, perform(wanted, is_open, outcome), [&](const std::exception_ptr& failed) {
      CHECK(failed == nullptr);  // out of memory
      *is_over = true;
      deadline.cancel();
      pulse.cancel();
    });
    context_.run();
    CHECK(outcome);
    if (!*outcome && given_up_) return base::unavailable(*given_up_);
    return *std::move(outcome);
  }

  // What is given back is to be set where the time does not matter any more: to cancel a timer does not stop a handler
  // that is on its way already, because the process was halted for a while.
  std::shared_ptr<bool> give_up_after(Timer& timer, std::chrono::milliseconds time, const char* why) {
    auto is_over = std::make_shared<bool>(false);
    timer.expires_after(time);
    timer.async_wait([this, time, why, is_over](const error_code& cancelled) {
      if (!cancelled && !*is_over) give_up(fmt::format(fmt::runtime(why), time.count()));
    });
    return is_over;
  }

  void ask_whether_given_up(Timer& pulse, const std::shared_ptr<bool>& is_over) {
    pulse.expires_after(kGiveUpPause);
    pulse.async_wait([this, &pulse, is_over](const error_code& cancelled) {
      if (cancelled || *is_over) return;
      if (options_.is_given_up()) return give_up("the request was given up");
      ask_whether_given_up(pulse, is_over);
    });
  }

  void give_up(std::string why) {
    if (given_up_) return;
    given_up_ = std::move(why);
    connection_->abort();
  }

  const ClientOptions options_;
  asio::io_context context_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  bool is_tls_set_up_ = false;
  std::unique_ptr<ClientConnection> connection_;
  std::optional<std::string> given_up_;  // why what is under way was ended
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() = default;

Result<Response> Client::send(Method method, const std::string& url, const std::vector<Header>& headers,
                              std::string_view body) {
  return impl_->send(method, url, headers, body);
}

}  // namespace waybill::http
