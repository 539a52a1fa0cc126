#include "http/client_connection.h"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/strings.h"

namespace waybill::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using base::Result;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 64UL * 1024;
constexpr std::uint32_t kHeadBytesMax = 64U * 1024;
// A host with several addresses is not waited for at one that does not answer: the next is tried.
constexpr std::chrono::seconds kAddressTimeMax{3};

base::Error closed_early() { return base::unavailable("the connection was closed before the whole answer came"); }

bool is_end(const error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

base::Error read_error(const error_code& error) {
  if (is_end(error) || error == asio::error::connection_reset) return closed_early();
  return base::unavailable("reading the answer failed (" + error.message() + ")");
}

base::Error parse_error(const error_code& error) {
  if (error == beast::http::error::body_limit) return base::too_large("the answer is longer than its limit");
  return base::unavailable("the answer is not HTTP (" + error.message() + ")");
}

bool is_address(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

// Tells the server which of its names is meant. (OpenSSL's macro for it has a cast of the old style.)
void name_host(SSL* ssl, std::string host) {
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

}  // namespace

ClientConnection::ClientConnection(asio::io_context& context, asio::ssl::context& tls, ClientRoute route)
    : context_(context),
      tls_context_(tls),
      route_(std::move(route)),
      resolver_(context.get_executor()),
      socket_(context.get_executor()) {}

// What can be read where no answer is due is the end of the connection, or announces it.
bool ClientConnection::can_be_reused() {
  if (!can_be_reused_) return false;
  std::array<char, 1> byte{};
  error_code error;
  socket_.non_blocking(true, error);
  socket_.receive(asio::buffer(byte), Socket::message_peek, error);
  return error == asio::error::would_block;
}

void ClientConnection::abort() {
  aborted_ = true;
  can_be_reused_ = false;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

Task<Result<void>> ClientConnection::open() {
  const std::string& host = route_.proxy ? route_.proxy->host : route_.host;
  auto done = co_await connect(host, route_.proxy ? route_.proxy->port : route_.port);
  if (done && route_.is_encrypted) {
    if (route_.proxy) done = co_await ask_proxy();
    if (done) done = co_await encrypt();
  }
  co_return done;
}

Task<Result<void>> ClientConnection::connect(std::string host, std::uint16_t port) {
  error_code error;
  const auto addresses =
      co_await resolver_.async_resolve(host, std::to_string(port), asio::redirect_error(kAwait, error));
  if (error) {
    co_return base::unavailable("the name " + base::quoted_for_message(host) + " cannot be resolved (" +
                                error.message() + ")");
  }
  std::size_t left = addresses.size();
  for (const auto& address : addresses) {
    if (aborted_) break;
    error_code ignored;
    socket_.close(ignored);
    Timer timer(context_.get_executor());
    const auto is_over = std::make_shared<bool>(false);
    // The last one may take as long as there is time.
    if (--left > 0) {
      timer.expires_after(kAddressTimeMax);
      timer.async_wait([this, is_over](const error_code& cancelled) {
        error_code nothing;
        if (!cancelled && !*is_over) socket_.close(nothing);
      });
    }
    co_await socket_.async_connect(address.endpoint(), asio::redirect_error(kAwait, error));
    *is_over = true;
    timer.cancel();
    if (!error && socket_.is_open()) {
      socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
      co_return Result<void>();
    }
  }
  const std::string why = error == asio::error::connection_refused ? "nothing listens there" : "could not connect";
  co_return base::unavailable(why + " (" + error.message() + ")");
}

// Has the proxy open a way to the host.
Task<Result<void>> ClientConnection::ask_proxy() {
  const std::string place = bracketed(route_.host) + ":" + std::to_string(route_.port);
  std::string head = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n";
  if (!route_.proxy->authorization.empty()) head += "Proxy-Authorization: " + route_.proxy->authorization + "\r\n";
  head += "\r\n";
  error_code error;
  co_await write(head, "", error);
  beast::http::response_parser<beast::http::string_body> parser;
  parser.skip(true);
  parser.header_limit(kHeadBytesMax);
  auto read = co_await read_answer(parser);
  if (!read) co_return std::move(read).error().while_doing("asking the proxy");
  const unsigned status = parser.get().result_int();
  if (status / 100 != 2) {
    co_return base::unavailable(fmt::format("the proxy refused the connection with status {}", status));
  }
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::encrypt() {
  tls_ = std::make_unique<TlsSocket>(socket_, tls_context_);
  error_code error;
  tls_->set_verify_callback(asio::ssl::host_name_verification(route_.host), error);
  if (!is_address(route_.host)) name_host(tls_->native_handle(), route_.host);
  co_await tls_->async_handshake(TlsSocket::client, asio::redirect_error(kAwait, error));
  if (error) co_return handshake_error(error);
  co_return Result<void>();
}

base::Error ClientConnection::handshake_error(const error_code& error) const {
  const long verified = SSL_get_verify_result(tls_->native_handle());
  const std::string library = X509_verify_cert_error_string(verified);
  switch (verified) {
    case X509_V_OK: break;
    // What Asio's check of the name leaves behind.
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return base::untrusted("the certificate is not for " + base::quoted_for_message(route_.host));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return base::untrusted(
          "the certificate is signed by nobody known here; give it, or its issuer's, with --ca-file (of a server with "
          "--tls-self-signed: DIR/tls/certificate.pem) (" +
          library + ")");
    default: return base::untrusted("the certificate was not accepted (" + library + ")");
  }
  if (error.category() == asio::error::get_ssl_category()) {
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
      return base::unavailable("the port does not speak TLS; try a URL that begins with http:// (" + error.message() +
                               ")");
    }
  }
  return base::unavailable("TLS could not be agreed on (" + error.message() + ")");
}

Task<Result<Response>> ClientConnection::exchange(const ClientExchange& exchange) {
  can_be_reused_ = false;
  has_received_ = false;
  received_.clear();
  error_code error;
  co_await write(exchange.head, exchange.body, error);
  // A server that refuses a body answers, and closes, before it has all of it: the answer is looked for all the same.
  for (;;) {
    beast::http::response_parser<beast::http::string_body> parser;
    parser.eager(true);
    parser.header_limit(kHeadBytesMax);
    parser.body_limit(exchange.body_bytes_max);
    parser.skip(exchange.is_head_request);
    auto read = co_await read_answer(parser);
    if (!read) co_return std::move(read).error();
    // Such as 100 Continue: the answer itself is still to come.
    if (parser.get().result_int() / 100 == 1) continue;
    can_be_reused_ = !error && parser.keep_alive() && received_.size() == 0;
    Response response;
    response.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get()) {
      response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    response.body = std::move(parser.get().body());
    co_return response;
  }
}

template <class Parser>
Task<Result<void>> ClientConnection::read_answer(Parser& parser) {
  error_code error;
  while (!parser.is_done()) {
    if (received_.size() > 0) {
      const std::size_t used = parser.put(received_.data(), error);
      received_.consume(used);
      if (parser.is_done()) break;
      if (error && error != beast::http::error::need_more) co_return parse_error(error);
      if (!error && used > 0) continue;
    }
    error_code failed;
    const std::size_t count = co_await read_some(received_.prepare(kReadBytes), failed);
    received_.commit(count);
    has_received_ = has_received_ || count > 0;
    if (!failed) continue;
    if (failed != asio::error::eof || !parser.got_some()) co_return read_error(failed);
    // The end of the connection may be the end of the answer.
    parser.put_eof(error);
    if (error || !parser.is_done()) co_return closed_early();
  }
  co_return Result<void>();
}

Task<std::size_t> ClientConnection::read_some(asio::mutable_buffer space, error_code& error) {
  if (tls_) co_return co_await tls_->async_read_some(space, asio::redirect_error(kAwait, error));
  co_return co_await socket_.async_read_some(space, asio::redirect_error(kAwait, error));
}

Task<void> ClientConnection::write(std::string_view head, std::string_view body, error_code& error) {
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
  if (tls_) {
    co_await asio::async_write(*tls_, buffers, asio::redirect_error(kAwait, error));
  } else {
    co_await asio::async_write(socket_, buffers, asio::redirect_error(kAwait, error));
  }
}

}  // namespace waybill::http
