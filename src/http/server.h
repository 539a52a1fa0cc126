#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/counters.h"
#include "http/held_answers.h"
#include "http/listening_socket.h"
#include "http/message.h"
#include "http/tls.h"

namespace waybill::http {

// What a client can make the server spend. Each is named in the error it causes.
struct ServerLimits {
  std::size_t target_bytes_max = 8UL * 1024;        // 414 beyond
  std::size_t header_bytes_max = 32UL * 1024;       // request line and all headers; 431 beyond
  std::size_t body_bytes_max = 16UL * 1024 * 1024;  // 413 beyond
  std::size_t bodies_bytes_max =
      512UL * 1024 * 1024;  // of bodies that are still coming, of all connections; 503 beyond
  std::size_t answers_bytes_max = 256UL * 1024 * 1024;  // of answers that wait for their clients, likewise; 503 beyond
  std::size_t connections_max = 10'000;                 // 503 beyond, and closed
  std::size_t connections_per_address_max = 1000;       // the same for an address, or 64 bits of one of IPv6
  std::chrono::milliseconds idle_time_max{75'000};      // between two requests of a connection
  std::chrono::milliseconds header_time_max{15'000};    // from a request's first byte to its last header; 408 beyond
  std::chrono::milliseconds body_time_max{60'000};      // for the body; 408 beyond
  std::chrono::milliseconds request_time_max{60'000};   // for the handler to answer; 503 beyond
  std::chrono::milliseconds write_time_max{60'000};     // for one answer to leave
};

// What became of one request.
struct Answered {
  std::string_view method;  // empty, as is the path, if what came was no whole request
  std::string_view path;    // as sent, without the query
  std::string_view peer_address;
  std::string_view request_id;
  std::string_view remark;  // Response::remark
  int status = 0;
  std::size_t bytes = 0;              // of the answer, with its head
  base::SteadyTime::duration took{};  // from the request's last byte until the system had all of the answer
  bool is_whole = true;               // the client was there to take it
};

struct ServerOptions {
  std::string host = "127.0.0.1";              // an address, or "localhost"
  std::uint16_t port = 0;                      // 0: the system picks a free one
  std::shared_ptr<ListeningSocket> listening;  // what it listens on instead, opened before; becomes the server's
  std::shared_ptr<const TlsContext> tls;       // empty: plain HTTP
  // HOST:PORT: an HTTP proxy for this one target, which the server plays itself. A connection begins in plain with
  // CONNECT, which is answered, and goes on with TLS; anything else is answered with 403. Empty: no proxy. REQUIRES:
  // tls.
  std::string tunnel_to;
  std::size_t threads = 1;
  ServerLimits limits;
  // Where answers that wait are counted, for servers that share limits.answers_bytes_max. Empty: the server has its
  // own.
  std::shared_ptr<HeldAnswers> answers;
  // Whether many clients share an address, as those behind a proxy do: it has no limit of its own. Empty: none.
  std::function<bool(const std::string& address)> is_shared;
  std::size_t gzip_from_bytes = 1024;              // smaller bodies are sent plain
  const base::Clock* clock = nullptr;              // for the Date header, left out without one; must outlive the server
  std::function<std::string()> new_request_id;     // names each request; empty: they have no names
  std::function<void(const Answered&)> on_answer;  // told of each, on its connection's thread; must not block
};

// Why a request never reached the handler, or the handler's answer never came.
enum class ProtocolError {
  kMalformed,            // 400
  kTimedOut,             // 408
  kBodyTooLarge,         // 413
  kTargetTooLong,        // 414
  kHeadersTooLarge,      // 431
  kVersionNotSupported,  // 505
  kHandlerFailed,        // 500: an exception other than for want of memory, or a Reply that was dropped
  kOverloaded,           // 503: a limit that is not this client's doing alone, or a handler that takes too long
  kStopping,             // 503: it came after the server began to stop
};

// The one chance to answer a request. Movable; may be sent from any thread, once. If it is destroyed unsent, the client
// gets the answer for kHandlerFailed.
class Reply {
 public:
  using Send = std::function<void(Response)>;

  // `on_drop` is called instead of `send` if nothing was sent.
  Reply(Send send, std::function<void()> on_drop);
  Reply(Reply&& other) noexcept;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();

  // REQUIRES: not sent yet.
  void send(Response response);

 private:
  Send send_;
  std::function<void()> on_drop_;
};

// Called on a thread of the server, for many requests at once; must not block. Owns the request.
using Handler = std::function<void(Request&&, Reply)>;

// What went wrong with a request before or behind the handler.
struct Failure {
  ProtocolError error;
  std::string detail;      // a sentence for the client
  std::string request_id;  // Request::id; empty if no request came about
};

// Makes the answer to it. Called like the handler; if it throws, the client gets a bare 500.
using ErrorPage = std::function<Response(const Failure&)>;

// An HTTP/1.1 server, with TLS or without: keep-alive, pipelining (answers in the order of the requests), HEAD, Expect:
// 100-continue, gzip where the client accepts it and the body is long enough, limits as above. It listens from `start`
// on until `stop` or its destruction, which is a stop without time: what still runs is cut off. Neither may come from
// the handler.
class Server {
 public:
  // kInvalidArgument for a host that is no address, kConflict if the port is taken, kIo.
  // REQUIRES: options.threads >= 1.
  // `handler` and `error_page` are called until `stop` has returned or the server is destroyed.
  static base::Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler,
                                                     ErrorPage error_page);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // The port it listens on.
  [[nodiscard]] std::uint16_t port() const;

  // What it has counted since its start, and how many connections there are.
  [[nodiscard]] const ServerCounters& counters() const;
  [[nodiscard]] std::size_t connection_count() const;
  // Bytes of answers that wait for their clients.
  [[nodiscard]] std::size_t answers_bytes() const;

  // Puts other limits in force, for what begins from now on. Time limits keep the fineness of those it was started
  // with.
  void set_limits(const ServerLimits& limits);

  // Shows connections that come from now on another certificate. REQUIRES: it was started with one.
  void set_tls(std::shared_ptr<const TlsContext> tls);

  // How many rounds its slowest thread has made, a few in each second. One that does not change for long is stuck.
  [[nodiscard]] std::int64_t rounds() const;

  // Closes idle connections, answers what runs, and what comes on connections made before, with `Connection: close`,
  // refuses what comes on new ones (kStopping), and returns when all old ones are closed; what is not when `deadline`
  // has passed is cut off. Afterwards no thread of the server runs, and a Reply that is still out is ignored. False if
  // something was cut off. Idempotent; not for concurrent use.
  bool stop(std::chrono::milliseconds deadline);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill::http
