#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "http/connect_request.h"
#include "http/connection_gate.h"
#include "http/counters.h"
#include "http/gzip.h"
#include "http/request_reader.h"
#include "http/response_head.h"
#include "http/server.h"
#include "http/sockets.h"
#include "http/tls.h"
#include "http/tls_stream.h"

namespace waybill::http {

// An IPv4 address that stands inside an IPv6 one (::ffff:10.0.0.1) as itself; any other as it is.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

// What all connections of a server share. Constant, but for what may be counted at any time.
struct Service {
  ServerOptions options;
  Handler handler;
  ErrorPage error_page;

  mutable ServerCounters counters{};
  mutable std::atomic<std::size_t> bodies_bytes{0};  // that connections hold of bodies which did not come at once

  // The error page, or a bare one if that fails.
  [[nodiscard]] Response page(const Failure& failure) const;
};

// What the connections of one thread share. Only that thread touches it.
struct ThreadState {
  ServerLimits limits;
  std::chrono::milliseconds tick_length{500};
  std::int64_t ticks = 0;  // so many have passed; time limits are counted in them
  DateText date;
  Gzip gzip;
  std::string tls_scratch;
  bool is_draining = false;  // every answer is its connection's last one
};

// What the server knows of a connection when it is made.
struct Admitted {
  std::string network;                    // as ConnectionGate::enter() was given it …
  Entry entry = Entry::kOpen;             // … and what that said
  std::shared_ptr<const TlsContext> tls;  // empty: plain
};

class Exchange;

// One connection of a client, from its acceptance to its end. All calls come from the thread of its socket.
class Connection {
 public:
  // `service` and `thread` must outlive the connection. One that is late is told that the server is stopping.
  Connection(Socket socket, const Service& service, ThreadState& thread, const Admitted& admitted);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Reads and answers requests until the connection is closed. The connection must live until this ends; once.
  Task<void> serve();

  // At each tick: gives up what the connection waits for if it has waited too long.
  void check_deadline();
  // Closes the connection if it waits for a request.
  void close_if_idle();
  // Closes the connection whatever it does; serve() ends soon.
  void cut();

 private:
  enum class Phase { kHandshake, kIdle, kHead, kBody, kHandling, kWriting, kLingering };
  static constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();
  using Buffers = std::array<boost::asio::const_buffer, 4>;

  bool prepare();
  Task<bool> agree_on_tls();
  Task<bool> open_tunnel();
  Task<bool> answer_connect(const ConnectRequest& connect);
  Task<bool> receive();
  Task<bool> read_some();
  void enter(Phase phase);
  [[nodiscard]] std::chrono::milliseconds time_max(Phase phase) const;
  void follow_reader();
  void take_buffered();
  bool hold_body();
  void release_body();
  void note_problem();
  void note_timeout();
  void tell_of(const Response& response, std::size_t bytes, bool is_whole) const;
  [[nodiscard]] base::SteadyTime now() const;

  Task<Response> respond();
  Task<Response> handle();
  enum class HandlerEnd { kReturned, kOutOfMemory, kThrew };
  HandlerEnd call_handler(const std::shared_ptr<Exchange>& exchange);
  void wake_from_any_thread();

  Buffers encode(Response& response, bool closes);
  bool compress(Response& response, Buffers& buffers);
  Task<bool> send(Buffers buffers);
  Task<void> linger();

  const Service& service_;
  ThreadState& thread_;

  Socket socket_;
  std::shared_ptr<const TlsContext> tunnel_tls_;  // of what comes behind CONNECT; unset without a tunnel
  std::optional<TlsStream> tls_;                  // over the socket, unless the connection is plain
  const std::shared_ptr<Timer> answered_;         // never expires; cancelled when an answer has come
  std::string peer_address_;
  std::string request_id_;   // of the request that is being answered …
  std::string_view method_;  // … and what else on_answer is told of it
  std::string path_;
  base::SteadyTime began_{};
  boost::beast::flat_buffer in_;
  RequestReader reader_;
  std::string head_out_;
  std::array<char, 8> gzip_end_{};

  Phase phase_ = Phase::kIdle;
  std::int64_t deadline_ticks_ = kNoDeadline;
  std::size_t held_bytes_ = 0;  // counted in Service::bodies_bytes
  const bool is_late_;
  bool is_expired_ = false;
  bool is_cut_ = false;
};

}  // namespace waybill::http
