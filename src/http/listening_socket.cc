#include "http/listening_socket.h"

#include <exception>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <fmt/format.h>

#include "base/strings.h"
#include "http/sockets.h"

namespace waybill::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

base::Result<asio::ip::tcp::endpoint> endpoint_of(const std::string& host, std::uint16_t port) {
  error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) return base::invalid_argument(base::quoted_for_message(host) + " is neither an address nor 'localhost'");
  return asio::ip::tcp::endpoint(address, port);
}

base::Error listen_error(const error_code& error, const asio::ip::tcp::endpoint& endpoint) {
  const std::string message =
      fmt::format("listening on {} port {}: {}", endpoint.address().to_string(), endpoint.port(), error.message());
  if (error == asio::error::address_in_use) return base::conflict(message);
  return base::io_error(message);
}

}  // namespace

class ListeningSocket::Impl {
 public:
  Impl() : acceptor_(context_) {}

  base::Result<void> open(const asio::ip::tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(Acceptor::max_listen_connections, error);
    if (!error) local_ = acceptor_.local_endpoint(error);
    if (error) return listen_error(error, endpoint);
    return {};
  }

  [[nodiscard]] const asio::ip::tcp::endpoint& local() const { return local_; }

  int release() {
    error_code ignored;
    return acceptor_.release(ignored);
  }

 private:
  asio::io_context context_{1};
  Acceptor acceptor_;
  asio::ip::tcp::endpoint local_;
};

base::Result<std::unique_ptr<ListeningSocket>> ListeningSocket::open(const std::string& host, std::uint16_t port) {
  TRY_ASSIGN(const asio::ip::tcp::endpoint endpoint, endpoint_of(host, port));
  try {
    auto impl = std::make_unique<Impl>();
    TRY(impl->open(endpoint));
    return std::unique_ptr<ListeningSocket>(new ListeningSocket(std::move(impl)));
  } catch (const std::exception& error) {
    // Asio throws if the system has no descriptors left for its loops.
    return base::io_error(fmt::format("listening: {}", error.what()));
  }
}

ListeningSocket::ListeningSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ListeningSocket::~ListeningSocket() = default;

std::uint16_t ListeningSocket::port() const { return impl_->local().port(); }

bool ListeningSocket::is_ipv6() const { return impl_->local().address().is_v6(); }

int ListeningSocket::release() { return impl_->release(); }

}  // namespace waybill::http
