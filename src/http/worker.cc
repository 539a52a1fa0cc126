#include "http/worker.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace waybill::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Fine enough to keep the shortest limit within a quarter of it, and no finer.
std::chrono::milliseconds tick_length(const ServerLimits& limits) {
  const auto shortest = std::min({limits.idle_time_max, limits.header_time_max, limits.body_time_max,
                                  limits.request_time_max, limits.write_time_max});
  return std::clamp<std::chrono::milliseconds>(shortest / 8, std::chrono::milliseconds(2),
                                               std::chrono::milliseconds(500));
}

}  // namespace

Worker::Worker(const Service& service, ConnectionGate& gate)
    : service_(service), gate_(gate), work_(context_.get_executor()), ticker_(context_.get_executor()) {
  state_.limits = service.options.limits;
  state_.tick_length = tick_length(state_.limits);
  state_.turns = std::make_unique<Turns>(context_.get_executor(), service.options.clock);
}

void Worker::start(std::string name) {
  tick_later();
  thread_ = base::Thread(std::move(name), [this] {
    block_pipe_signal_in_this_thread();
    context_.run();
  });
}

void Worker::adopt(Socket socket, Admitted admitted) {
  asio::post(context_, [this, socket = std::move(socket), admitted = std::move(admitted)]() mutable {
    serve(std::move(socket), admitted);
  });
}

void Worker::set_limits(const ServerLimits& limits) {
  asio::post(context_, [this, limits] { state_.limits = limits; });
}

void Worker::drain() {
  asio::post(context_, [this] {
    state_.is_draining = true;
    for (Connection& connection : connections_) connection.close_if_idle();
  });
}

void Worker::cut() {
  asio::post(context_, [this] {
    is_cut_ = true;
    state_.turns->clear();
    for (Connection& connection : connections_) connection.cut();
    ticker_.cancel();
    work_.reset();
  });
}

void Worker::serve(Socket socket, const Admitted& admitted) {
  const auto connection = connections_.emplace(connections_.end(), std::move(socket), service_, state_, admitted);
  if (is_cut_) connection->cut();
  asio::co_spawn(context_, connection->serve(),
                 [this, connection, admitted](const std::exception_ptr& /*out of memory*/) {
                   connections_.erase(connection);
                   gate_.leave(admitted.network, admitted.entry);
                 });
}

void Worker::tick_later() {
  ticker_.expires_after(state_.tick_length);
  ticker_.async_wait([this](error_code) {
    if (is_cut_) return;
    ++state_.ticks;
    rounds_.store(state_.ticks, std::memory_order_relaxed);
    for (Connection& connection : connections_) connection.check_deadline();
    tick_later();
  });
}

}  // namespace waybill::http
