#include "http/server.h"

#include <algorithm>
#include <exception>
#include <future>
#include <list>
#include <utility>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/check.h"
#include "base/mutex.h"
#include "base/strings.h"
#include "base/thread.h"
#include "http/connection.h"

namespace waybill::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

constexpr asio::use_awaitable_t<Executor> kAwait;

// Between two attempts to accept when the system refuses, for want of file descriptors most likely.
constexpr std::chrono::milliseconds kAcceptPause{50};

// How many connections a server has. Safe for concurrent use.
class ConnectionCount {
 public:
  explicit ConnectionCount(std::size_t count_max) : count_max_(count_max) {}

  // False, and nothing counted, if there are as many as there may be.
  bool enter() {
    const base::MutexLock lock(mutex_);
    if (count_ >= count_max_) return false;
    ++count_;
    return true;
  }

  void leave() {
    const base::MutexLock lock(mutex_);
    if (--count_ == 0 && is_awaited_) emptied_.set_value();
  }

  // Ready when there are none, now or later. REQUIRES: no enter() from now on; once.
  std::future<void> emptied() {
    const base::MutexLock lock(mutex_);
    is_awaited_ = true;
    if (count_ == 0) emptied_.set_value();
    return emptied_.get_future();
  }

 private:
  const std::size_t count_max_;

  base::Mutex mutex_;

  std::size_t count_ GUARDED_BY(mutex_) = 0;
  bool is_awaited_ GUARDED_BY(mutex_) = false;
  std::promise<void> emptied_ GUARDED_BY(mutex_);
};

// Fine enough to keep the shortest limit within a quarter of it, and no finer.
std::chrono::milliseconds tick_length(const ServerLimits& limits) {
  const auto shortest =
      std::min({limits.idle_time_max, limits.header_time_max, limits.body_time_max, limits.write_time_max});
  return std::clamp<std::chrono::milliseconds>(shortest / 8, std::chrono::milliseconds(2),
                                               std::chrono::milliseconds(500));
}

// One thread with its connections. drain(), cut(), adopt() and join() may be called from any thread.
class Worker {
 public:
  // `service` and `count` must outlive the worker.
  Worker(const Service& service, ConnectionCount& count)
      : service_(service), count_(count), work_(context_.get_executor()), ticker_(context_.get_executor()) {
    state_.tick_length = tick_length(service.options.limits);
  }

  asio::io_context& context() { return context_; }

  void start(std::string name) {
    tick_later();
    thread_ = base::Thread(std::move(name), [this] { context_.run(); });
  }

  // Serves a connection that was counted, and uncounts it at its end.
  void adopt(Socket socket) {
    asio::post(context_, [this, socket = std::move(socket)]() mutable { serve(std::move(socket)); });
  }

  // Closes what is idle, and lets every other connection end with its next answer.
  void drain() {
    asio::post(context_, [this] {
      state_.is_draining = true;
      for (Connection& connection : connections_) connection.close_if_idle();
    });
  }

  // Closes every connection, and lets the thread end when they have.
  void cut() {
    asio::post(context_, [this] {
      is_cut_ = true;
      for (Connection& connection : connections_) connection.cut();
      ticker_.cancel();
      work_.reset();
    });
  }

  // REQUIRES: cut() was called.
  void join() { thread_.join(); }

 private:
  void serve(Socket socket) {
    const auto connection = connections_.emplace(connections_.end(), std::move(socket), service_, state_);
    if (is_cut_) connection->cut();
    asio::co_spawn(context_, connection->serve(), [this, connection](const std::exception_ptr& /*out of memory*/) {
      connections_.erase(connection);
      count_.leave();
    });
  }

  void tick_later() {
    ticker_.expires_after(state_.tick_length);
    ticker_.async_wait([this](error_code) {
      if (is_cut_) return;
      ++state_.ticks;
      for (Connection& connection : connections_) connection.check_deadline();
      tick_later();
    });
  }

  const Service& service_;
  ConnectionCount& count_;

  // A hint that one thread runs it, which spares it some signalling.
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_;

  // Touched by the thread alone once it runs.
  ThreadState state_;
  Timer ticker_;
  std::list<Connection> connections_;
  bool is_cut_ = false;

  base::Thread thread_;
};

base::Result<asio::ip::tcp::endpoint> endpoint_of(const ServerOptions& options) {
  error_code error;
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  const auto address = asio::ip::make_address(host, error);
  if (error) {
    return base::invalid_argument(base::quoted_for_message(options.host) + " is neither an address nor 'localhost'");
  }
  return asio::ip::tcp::endpoint(address, options.port);
}

base::Error listen_error(const error_code& error, const asio::ip::tcp::endpoint& endpoint) {
  const std::string message =
      fmt::format("listening on {} port {}: {}", endpoint.address().to_string(), endpoint.port(), error.message());
  if (error == asio::error::address_in_use) return base::conflict(message);
  return base::io_error(message);
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(Service service) : service_(std::move(service)), count_(service_.options.limits.connections_max) {
    for (std::size_t i = 0; i < service_.options.threads; ++i) {
      workers_.push_back(std::make_unique<Worker>(service_, count_));
    }
    acceptor_.emplace(workers_.front()->context());
  }

  base::Result<void> listen(const asio::ip::tcp::endpoint& endpoint) {
    error_code error;
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(Acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    if (error) return listen_error(error, endpoint);
    return {};
  }

  void run() {
    asio::co_spawn(workers_.front()->context(), accept(), [](const std::exception_ptr& error) {
      CHECK(error == nullptr);  // a server that has stopped to accept must not seem to live
    });
    for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->start(fmt::format("http-{}", i));
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  void stop(std::chrono::milliseconds deadline) {
    if (is_stopped_) return;
    is_stopped_ = true;
    close_acceptor();
    for (const auto& worker : workers_) worker->drain();
    count_.emptied().wait_for(deadline);
    for (const auto& worker : workers_) worker->cut();
    for (const auto& worker : workers_) worker->join();
  }

 private:
  Task<void> accept() {
    Timer pause(acceptor_->get_executor());
    for (std::size_t next = 0;; next = (next + 1) % workers_.size()) {
      Socket socket(workers_[next]->context());
      error_code error;
      co_await acceptor_->async_accept(socket, asio::redirect_error(kAwait, error));
      if (!acceptor_->is_open()) co_return;
      if (error) {
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(kAwait, error));
        continue;
      }
      // One too many is closed by its destruction.
      if (count_.enter()) workers_[next]->adopt(std::move(socket));
    }
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
  ConnectionCount count_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<Acceptor> acceptor_;  // lives on the first worker's thread
};

base::Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler,
                                                    ErrorPage error_page) {
  CHECK(options.threads >= 1);
  TRY_ASSIGN(const asio::ip::tcp::endpoint endpoint, endpoint_of(options));
  try {
    auto impl = std::make_unique<Impl>(Service{options, std::move(handler), std::move(error_page)});
    TRY(impl->listen(endpoint));
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

void Server::stop(std::chrono::milliseconds deadline) { impl_->stop(deadline); }

}  // namespace waybill::http
