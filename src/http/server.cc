#include "http/server.h"

#include <algorithm>
#include <exception>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/mutex.h"
#include "http/connection.h"
#include "http/connection_gate.h"
#include "http/listening_socket.h"
#include "http/response_head.h"
#include "http/worker.h"

namespace waybill::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

// Between two attempts to accept when the system refuses, for want of file descriptors most likely.
constexpr std::chrono::milliseconds kAcceptPause{50};

// What a network's connections are counted by: an address, or the 64 bits of an IPv6 one that name a network, since
// whoever has one address there has all of them. Empty for an address that many clients share.
std::string network_of(const ServerOptions& options, const asio::ip::address& given) {
  constexpr std::size_t kNetworkBytes = 8;
  const asio::ip::address address = unmapped(given);
  if (options.is_shared && options.is_shared(address.to_string())) return {};
  if (address.is_v6()) return std::string(base::as_text(address.to_v6().to_bytes()).substr(0, kNetworkBytes));
  return std::string(base::as_text(address.to_v4().to_bytes()));
}

ConnectionGate::Limits gate_limits(const ServerLimits& limits) {
  return {limits.connections_max, limits.connections_per_address_max};
}

std::shared_ptr<HeldAnswers> answers_of(const ServerOptions& options) {
  return options.answers ? options.answers : std::make_shared<HeldAnswers>(options.limits.answers_bytes_max);
}

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Handler handler, ErrorPage error_page)
      : service_{options, std::move(handler), std::move(error_page), answers_of(options)},
        gate_(gate_limits(options.limits)),
        tls_(options.tls) {
    for (std::size_t i = 0; i < options.threads; ++i) workers_.push_back(std::make_unique<Worker>(service_, gate_));
    acceptor_.emplace(workers_.front()->context());
  }

  base::Result<void> listen() {
    std::shared_ptr<ListeningSocket> listening = service_.options.listening;
    if (listening == nullptr) {
      TRY_ASSIGN(listening, ListeningSocket::open(service_.options.host, service_.options.port));
    }
    port_ = listening->port();
    error_code error;
    acceptor_->assign(listening->is_ipv6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), listening->release(), error);
    if (error) return base::io_error(fmt::format("listening on port {}: {}", port_, error.message()));
    return {};
  }

  void run() {
    asio::co_spawn(workers_.front()->context(), accept(), [](const std::exception_ptr& error) {
      CHECK(error == nullptr);  // a server whose accept loop has died must not look healthy
    });
    for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->start(fmt::format("http-{}", i));
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const ServerCounters& counters() const { return service_.counters; }
  [[nodiscard]] std::size_t connection_count() const { return gate_.count(); }
  [[nodiscard]] std::size_t answers_bytes() const { return service_.answers->bytes(); }

  void set_limits(const ServerLimits& limits) {
    gate_.set_limits(gate_limits(limits));
    service_.answers->set_bytes_max(limits.answers_bytes_max);
    for (const auto& worker : workers_) worker->set_limits(limits);
  }

  void set_tls(std::shared_ptr<const TlsContext> tls) {
    CHECK(service_.options.tls != nullptr && tls != nullptr);
    const base::MutexLock lock(mutex_);
    tls_ = std::move(tls);
  }

  [[nodiscard]] std::int64_t rounds() const {
    std::int64_t least = workers_.front()->rounds();
    for (const auto& worker : workers_) least = std::min(least, worker->rounds());
    return least;
  }

  bool stop(std::chrono::milliseconds deadline) {
    if (is_stopped_) return true;
    is_stopped_ = true;
    const std::future<void> emptied = gate_.begin_to_close();
    for (const auto& worker : workers_) worker->drain();
    const bool has_ended = emptied.wait_for(deadline) == std::future_status::ready;
    close_acceptor();
    for (const auto& worker : workers_) worker->cut();
    for (const auto& worker : workers_) worker->join();
    return has_ended;
  }

 private:
  Task<void> accept() {
    Timer pause(acceptor_->get_executor());
    for (std::size_t next = 0;; next = (next + 1) % workers_.size()) {
      Socket socket(workers_[next]->context());
      asio::ip::tcp::endpoint peer;
      error_code error;
      co_await acceptor_->async_accept(socket, peer, asio::redirect_error(kAwait, error));
      if (!acceptor_->is_open()) co_return;
      if (error) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(kAwait, error));
        continue;
      }
      admit(*workers_[next], std::move(socket), peer.address());
    }
  }

  void admit(Worker& worker, Socket socket, const asio::ip::address& address) {
    std::string network = network_of(service_.options, address);
    const Entry entry = gate_.enter(network);
    switch (entry) {
      case Entry::kOpen:
      case Entry::kLate:
        service_.counters.count(ServerEvent::kAccepted);
        return worker.adopt(std::move(socket), {std::move(network), entry, tls()});
      case Entry::kTooMany:
        service_.counters.count(ServerEvent::kRefusedInAll);
        return refuse(std::move(socket), "Too many connections.");
      case Entry::kTooManyOfNetwork:
        service_.counters.count(ServerEvent::kRefusedForAddress);
        return refuse(std::move(socket), "Your address has as many connections to this server as it may have.");
    }
  }

  // Says why, as far as the socket takes it at once, and closes.
  void refuse(Socket socket, const std::string& why) {
    // Nobody who expects TLS could read it.
    if (service_.options.tls != nullptr && service_.options.tunnel_to.empty()) return;
    const Response response = service_.page({ProtocolError::kOverloaded, why, ""});
    HeadOptions options;
    options.connection = HeadOptions::Connection::kClose;
    std::string answer;
    append_head(answer, response, options);
    answer += response.body;
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(answer), ignored);
    socket.shutdown(Socket::shutdown_send, ignored);
  }

  std::shared_ptr<const TlsContext> tls() {
    const base::MutexLock lock(mutex_);
    return tls_;
  }

  // When this returns, no connection is accepted any more.
  void close_acceptor() {
    std::promise<void> closed;
    asio::post(acceptor_->get_executor(), [this, &closed] {
      error_code ignored;
      acceptor_->close(ignored);
      closed.set_value();
    });
    closed.get_future().wait();
  }

  const Service service_;
  std::uint16_t port_ = 0;
  bool is_stopped_ = false;
  ConnectionGate gate_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<Acceptor> acceptor_;  // lives on the first worker's thread

  base::Mutex mutex_;

  std::shared_ptr<const TlsContext> tls_ GUARDED_BY(mutex_);
};

base::Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler,
                                                    ErrorPage error_page) {
  CHECK(options.threads >= 1);
  CHECK(options.tunnel_to.empty() || options.tls != nullptr);
  try {
    auto impl = std::make_unique<Impl>(options, std::move(handler), std::move(error_page));
    TRY(impl->listen());
    impl->run();
    return std::unique_ptr<Server>(new Server(std::move(impl)));
  } catch (const std::exception& error) {
    // Asio throws if the system has no descriptors left for its loops, and a thread if there can be no more threads.
    return base::io_error(fmt::format("starting the HTTP server: {}", error.what()));
  }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

std::uint16_t Server::port() const { return impl_->port(); }

const ServerCounters& Server::counters() const { return impl_->counters(); }

std::size_t Server::connection_count() const { return impl_->connection_count(); }

std::size_t Server::answers_bytes() const { return impl_->answers_bytes(); }

void Server::set_limits(const ServerLimits& limits) { impl_->set_limits(limits); }

void Server::set_tls(std::shared_ptr<const TlsContext> tls) { impl_->set_tls(std::move(tls)); }

std::int64_t Server::rounds() const { return impl_->rounds(); }

bool Server::stop(std::chrono::milliseconds deadline) { return impl_->stop(deadline); }

}  // namespace waybill::http
