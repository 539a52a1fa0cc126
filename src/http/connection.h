#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "http/gzip.h"
#include "http/request_reader.h"
#include "http/response_head.h"
#include "http/server.h"

namespace waybill::http {

// Everything runs on io_contexts, and saying so spares the type erasure of any_io_executor.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

// What all connections of a server share. Constant.
struct Service {
  ServerOptions options;
  Handler handler;
  ErrorPage error_page;
};

// What the connections of one thread share. Only that thread touches it.
struct ThreadState {
  std::chrono::milliseconds tick_length{500};
  std::int64_t ticks = 0;  // so many have passed; time limits are counted in them
  DateText date;
  Gzip gzip;
  bool is_draining = false;  // every answer is its connection's last one
};

class Exchange;

// One connection of a client, from its acceptance to its end. All calls come from the thread of its socket.
class Connection {
 public:
  // `service` and `thread` must outlive the connection.
  Connection(Socket socket, const Service& service, ThreadState& thread);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  // Reads and answers requests until the connection is closed. The connection must live until this ends; once.
  Task<void> serve();

  // At each tick: gives up what the connection waits for if it has waited too long.
  void check_deadline();
  // Closes the connection if it waits for a request.
  void close_if_idle();
  // Closes the connection whatever it does; serve() ends soon.
  void cut();

 private:
  enum class Phase { kIdle, kHead, kBody, kHandling, kWriting, kLingering };
  static constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();
  using Buffers = std::array<boost::asio::const_buffer, 4>;

  bool prepare();
  Task<bool> receive();
  Task<bool> read_some();
  void enter(Phase phase);
  [[nodiscard]] std::chrono::milliseconds time_max(Phase phase) const;
  void follow_reader();
  void take_buffered();

  Task<Response> handle();
  bool call_handler(const std::shared_ptr<Exchange>& exchange);
  void wake_from_any_thread();
  Response page(ProtocolError error, const std::string& detail);

  Buffers encode(Response& response, bool closes);
  bool compress(Response& response, Buffers& buffers);
  Task<bool> send(Buffers buffers);
  Task<void> linger();

  const Service& service_;
  ThreadState& thread_;

  Socket socket_;
  const std::shared_ptr<Timer> answered_;  // never expires; cancelled when an answer has come
  std::string peer_address_;
  boost::beast::flat_buffer in_;
  RequestReader reader_;
  std::string head_out_;
  std::array<char, 8> gzip_end_{};

  Phase phase_ = Phase::kIdle;
  std::int64_t deadline_ticks_ = kNoDeadline;
  bool is_expired_ = false;
  bool is_cut_ = false;
};

}  // namespace waybill::http
