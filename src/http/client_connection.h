#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "base/result.h"
#include "http/message.h"
#include "http/proxy.h"
#include "http/sockets.h"

namespace waybill::http {

// To whom a connection leads, and by which way.
struct ClientRoute {
  bool is_encrypted = false;
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 0;
  std::optional<Proxy> proxy;
  friend bool operator==(const ClientRoute&, const ClientRoute&) = default;
};

// One request as it is sent, and what of its answer is taken.
struct ClientExchange {
  std::string_view head;  // with the empty line
  std::string_view body;
  bool is_head_request = false;  // its answer has no body
  std::size_t body_bytes_max = 0;
};

// One connection of a client: plain or TLS, directly or through a proxy. All of it runs on the thread of its
// io_context. Errors say what went wrong, for a person; they name neither host nor secrets.
class ClientConnection {
 public:
  // `context` and `tls` must outlive the connection.
  ClientConnection(boost::asio::io_context& context, boost::asio::ssl::context& tls, ClientRoute route);

  // Resolves the name, connects to the first of its addresses that answers, asks the proxy, agrees on TLS and checks
  // the certificate. kUntrusted if that is refused, kUnavailable for every other failure.
  Task<base::Result<void>> open();

  // Sends a request and reads its answer. kUnavailable if no whole answer comes, kTooLarge for a body over the limit.
  Task<base::Result<Response>> exchange(const ClientExchange& exchange);

  // Ends what is under way, with an error; the connection is of no use then.
  void abort();

  [[nodiscard]] const ClientRoute& route() const { return route_; }
  // Whether the answer before allows another request, and the server has not closed the connection since.
  [[nodiscard]] bool can_be_reused();
  // Whether anything of an answer has come since the request was sent.
  [[nodiscard]] bool has_received() const { return has_received_; }

 private:
  using TlsSocket = boost::asio::ssl::stream<Socket&>;

  Task<base::Result<void>> connect(std::string host, std::uint16_t port);
  Task<base::Result<void>> ask_proxy();
  Task<base::Result<void>> encrypt();
  [[nodiscard]] base::Error handshake_error(const boost::system::error_code& error) const;

  template <class Parser>
  Task<base::Result<void>> read_answer(Parser& parser);
  Task<std::size_t> read_some(boost::asio::mutable_buffer space, boost::system::error_code& error);
  Task<void> write(std::string_view head, std::string_view body, boost::system::error_code& error);

  boost::asio::io_context& context_;
  boost::asio::ssl::context& tls_context_;
  const ClientRoute route_;
  boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor> resolver_;
  Socket socket_;
  std::unique_ptr<TlsSocket> tls_;  // if it is encrypted
  boost::beast::flat_buffer received_;
  bool aborted_ = false;
  bool can_be_reused_ = false;
  bool has_received_ = false;
};

}  // namespace waybill::http
