#include "http/connection.h"

#include <algorithm>
#include <functional>
#include <new>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "http/exchange.h"

namespace waybill::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kHeadReadBytes = 4UL * 1024;
constexpr std::size_t kBodyReadBytes = 64UL * 1024;
constexpr std::size_t kIdleBufferBytesMax = 16UL * 1024;

// How long, and how much of what it still sends, we listen to a client that has got its last answer: closing a socket
// with unread bytes makes the system send a reset, which may overtake the answer.
constexpr std::chrono::seconds kLingerTimeMax{5};
constexpr std::size_t kLingerBytesMax = 64UL * 1024 * 1024;

constexpr std::string_view kTunnelBegins = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Of HOST:PORT.
std::string host_of(const std::string& target) { return target.substr(0, target.rfind(':')); }

// Final answers have three digits and are not 1xx.
bool is_final_status(int status) { return status >= 200 && status <= 999; }

// What is left of the buffers behind their first `done` bytes.
template <std::size_t count>
std::array<asio::const_buffer, count> rest_of(std::array<asio::const_buffer, count> buffers, std::size_t done) {
  for (asio::const_buffer& buffer : buffers) {
    const std::size_t of_this = std::min(done, buffer.size());
    buffer += of_this;
    done -= of_this;
  }
  return buffers;
}

// Compresses a body if that is worth it; one that is small, or for which memory is wanting, stays as it is.
void compress_elsewhere(Response& response, std::size_t from_bytes) {
  if (response.body.size() < from_bytes || !may_have_body(response.status)) return;
  if (response.header("Content-Encoding")) return;
  try {
    thread_local Gzip gzip;
    if (auto packed = gzip.compress(response.body)) {
      response.headers.push_back({"Content-Encoding", "gzip"});
      response.body = *std::move(packed);
    }
  } catch (const std::bad_alloc&) {
    return;
  }
}

// Closes an exchange at the end of a scope, however that is left: an answer that comes later must find it closed.
class ExchangeScope {
 public:
  explicit ExchangeScope(Exchange& exchange) : exchange_(exchange) {}
  ExchangeScope(const ExchangeScope&) = delete;
  ExchangeScope& operator=(const ExchangeScope&) = delete;
  ~ExchangeScope() { exchange_.close(); }

 private:
  Exchange& exchange_;
};

}  // namespace

asio::ip::address unmapped(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

Response Service::page(const Failure& failure) const {
  try {
    Response response = error_page(failure);
    if (is_final_status(response.status)) return response;
  } catch (...) {
    return {500, {{"Content-Type", "text/plain"}}, "The server failed to describe an error.\n"};
  }
  return {500, {}, {}};
}

Connection::Connection(Socket socket, const Service& service, ThreadState& thread, const Admitted& admitted)
    : service_(service),
      thread_(thread),
      socket_(std::move(socket)),
      answered_(std::make_shared<Timer>(socket_.get_executor(), Timer::time_point::max())),
      reader_(thread.limits),
      is_late_(admitted.entry == Entry::kLate) {
  if (!service_.options.tunnel_to.empty()) {
    tunnel_tls_ = admitted.tls;
  } else if (admitted.tls != nullptr) {
    tls_.emplace(socket_, *admitted.tls, thread_.tls_scratch);
  }
}

Connection::~Connection() { release_body(); }

Task<void> Connection::serve() {
  bool is_alive = prepare();
  if (is_alive && tunnel_tls_) is_alive = co_await open_tunnel();
  if (is_alive && tls_) is_alive = co_await agree_on_tls();
  while (is_alive) {
    is_alive = co_await receive();
    if (!is_alive) break;
    Response response = co_await respond();
    const bool closes = !reader_.traits().keep_alive || thread_.is_draining;
    began_sending_ = thread_.turns->now();
    const Buffers buffers = encode(response, closes);
    if (is_cut_) break;
    is_alive = co_await send(buffers, &response);
    held_answer_ = {};
    tell_of(response, asio::buffer_size(buffers), is_alive);
    if (is_alive && closes) {
      co_await linger();
      is_alive = false;
    }
  }
  // A client must be able to tell an end in good order from one that somebody on the way has made.
  if (tls_ && !is_cut_) tls_->say_end();
  error_code ignored;
  socket_.close(ignored);
}

// Whether the connection can be served at all.
bool Connection::prepare() {
  error_code error;
  const auto peer = socket_.remote_endpoint(error);
  if (error || is_cut_) return false;
  peer_address_ = unmapped(peer.address()).to_string();
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  // Asynchronous calls wait all the same; this is for send(), which tries before it waits.
  socket_.non_blocking(true, error);
  return !error;
}

Task<bool> Connection::agree_on_tls() {
  enter(Phase::kHandshake);
  const bool is_agreed = co_await tls_->handshake();
  if (!is_agreed) service_.counters.count(ServerEvent::kHandshakeFailed);
  co_return is_agreed && !is_expired_;
}

// Reads the CONNECT that a connection to a proxy begins with, and answers it. False if that was its only answer.
Task<bool> Connection::open_tunnel() {
  began_ = now();
  enter(Phase::kIdle);
  for (;;) {
    const asio::const_buffer bytes = in_.cdata();
    const ConnectRequest connect = read_connect({static_cast<const char*>(bytes.data()), bytes.size()},
                                                service_.options.tunnel_to, thread_.limits.header_bytes_max);
    if (connect.state != ConnectRequest::State::kIncomplete) co_return co_await answer_connect(connect);
    if (phase_ == Phase::kIdle && in_.size() > 0) enter(Phase::kHead);
    if (phase_ == Phase::kIdle && thread_.is_draining) co_return false;
    if (!co_await read_some()) co_return false;
  }
}

Task<bool> Connection::answer_connect(const ConnectRequest& connect) {
  if (connect.state == ConnectRequest::State::kForTarget) {
    in_.consume(in_.size());
    const Buffers buffers = {asio::buffer(kTunnelBegins)};
    if (!co_await send(buffers) || is_cut_) co_return false;
    tls_.emplace(socket_, *tunnel_tls_, thread_.tls_scratch);
    co_return true;
  }
  request_id_ = service_.options.new_request_id ? service_.options.new_request_id() : "";
  method_ = "CONNECT";
  path_ = connect.asked;
  const bool is_refused = connect.state == ConnectRequest::State::kRefused;
  Response response{is_refused ? 403 : 400, {{"Content-Type", "text/plain; charset=utf-8"}}, connect.why + "\n"};
  const Buffers buffers = encode(response, true);
  const bool is_whole = co_await send(buffers);
  tell_of(response, asio::buffer_size(buffers), is_whole);
  if (is_whole) co_await linger();
  co_return false;
}

void Connection::check_deadline() {
  if (thread_.ticks < deadline_ticks_) return;
  deadline_ticks_ = kNoDeadline;
  is_expired_ = true;
  note_timeout();
  if (phase_ == Phase::kHandling) {
    answered_->cancel();
    return;
  }
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::note_timeout() {
  ServerCounters& counters = service_.counters;
  switch (phase_) {
    case Phase::kHandshake: return;
    case Phase::kIdle: return counters.count(ServerEvent::kIdleClosed);
    case Phase::kHead: return counters.count(ServerEvent::kHeadersTimedOut);
    case Phase::kBody: return counters.count(ServerEvent::kBodyTimedOut);
    case Phase::kHandling: return counters.count(ServerEvent::kRequestTimedOut);
    case Phase::kWriting: return counters.count(ServerEvent::kWriteTimedOut);
    case Phase::kLingering: return;
  }
}

void Connection::close_if_idle() {
  if (phase_ != Phase::kIdle) return;
  // Not closed here: a request that has just come in is still answered.
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::cut() {
  is_cut_ = true;
  error_code ignored;
  socket_.close(ignored);
  answered_->cancel();
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  is_expired_ = false;
  // One more for the tick that is under way, one for what does not come out even.
  deadline_ticks_ = thread_.ticks + time_max(phase) / thread_.tick_length + 2;
}

std::chrono::milliseconds Connection::time_max(Phase phase) const {
  const ServerLimits& limits = thread_.limits;
  switch (phase) {
    case Phase::kIdle: return limits.idle_time_max;
    case Phase::kHandshake:
    case Phase::kHead: return limits.header_time_max;
    case Phase::kBody: return limits.body_time_max;
    case Phase::kWriting: return limits.write_time_max;
    case Phase::kHandling: return limits.request_time_max;
    case Phase::kLingering: return kLingerTimeMax;
  }
  return kLingerTimeMax;
}

// Reads until there is something to answer: a request, or a problem with it. False if there is nobody to answer.
Task<bool> Connection::receive() {
  if (in_.size() == 0 && in_.capacity() > kIdleBufferBytesMax) in_.shrink_to_fit();
  reader_.begin();
  release_body();
  enter(Phase::kIdle);
  for (;;) {
    take_buffered();
    if (reader_.state() == RequestReader::State::kWhole || reader_.state() == RequestReader::State::kFailed) {
      co_return true;
    }
    const bool was_head = phase_ != Phase::kBody;
    follow_reader();
    if (phase_ == Phase::kBody && !hold_body()) co_return true;
    if (phase_ == Phase::kIdle && thread_.is_draining && !is_late_) co_return false;
    if (was_head && phase_ == Phase::kBody && reader_.traits().expects_continue && in_.size() == 0) {
      const Buffers buffers = {asio::buffer(kContinue)};
      if (!co_await send(buffers)) co_return false;
      enter(Phase::kBody);
    }
    if (co_await read_some()) continue;
    if (!is_expired_ || phase_ == Phase::kIdle) co_return false;
    reader_.fail(ProtocolError::kTimedOut, phase_ == Phase::kHead ? "The request's headers took too long to come."
                                                                  : "The request's body took too long to come.");
    co_return true;
  }
}

// Starts the time limit of what the reader wants next, unless it runs already.
void Connection::follow_reader() {
  if (reader_.state() == RequestReader::State::kBody) {
    if (phase_ != Phase::kBody) enter(Phase::kBody);
  } else if (phase_ == Phase::kIdle && in_.size() > 0) {
    enter(Phase::kHead);
  }
}

// Counts what this connection holds of a body among what all hold; false, with the reader's problem, if that is too
// much. One that is refused gives its share up in the same step, so that two that grow at once never refuse each other.
bool Connection::hold_body() {
  const std::size_t holds = reader_.body_capacity() + in_.capacity();
  if (holds <= held_bytes_) return true;
  std::size_t of_all = service_.bodies_bytes.load();
  std::size_t after = 0;
  bool is_held = false;
  do {
    const std::size_t of_others = of_all - held_bytes_;
    is_held = of_others + holds <= thread_.limits.bodies_bytes_max;
    after = is_held ? of_others + holds : of_others;
  } while (!service_.bodies_bytes.compare_exchange_weak(of_all, after));
  held_bytes_ = is_held ? holds : 0;
  if (is_held) return true;
  service_.counters.count(ServerEvent::kBodyRefused);
  reader_.fail(ProtocolError::kOverloaded, "The server has no memory left for request bodies; retry later.");
  return false;
}

void Connection::release_body() {
  if (held_bytes_ > 0) service_.bodies_bytes.fetch_sub(held_bytes_);
  held_bytes_ = 0;
}

void Connection::take_buffered() {
  if (in_.size() == 0) return;
  const asio::const_buffer bytes = in_.cdata();
  in_.consume(reader_.read({static_cast<const char*>(bytes.data()), bytes.size()}));
}

Task<bool> Connection::read_some() {
  const std::size_t wanted = phase_ == Phase::kHead || phase_ == Phase::kIdle ? kHeadReadBytes : kBodyReadBytes;
  const auto space = in_.prepare(std::max(wanted, in_.capacity() - in_.size()));
  error_code error;
  std::size_t count = 0;
  if (tls_) {
    count = co_await tls_->read_some(space, error);
  } else {
    count = co_await socket_.async_read_some(space, asio::redirect_error(kAwait, error));
  }
  in_.commit(count);
  co_return !error && !is_expired_;
}

// What there is to answer: to a problem with the request, or to the request.
Task<Response> Connection::respond() {
  began_ = now();
  method_ = {};
  path_.clear();
  request_id_ = service_.options.new_request_id ? service_.options.new_request_id() : "";
  if (reader_.state() == RequestReader::State::kFailed) {
    note_problem();
    co_return service_.page({reader_.problem().error, reader_.problem().detail, request_id_});
  }
  if (is_late_) {
    service_.counters.count(ServerEvent::kRefusedWhileStopping);
    co_return service_.page({ProtocolError::kStopping, "The server is stopping.", request_id_});
  }
  co_return co_await handle();
}

void Connection::note_problem() {
  switch (reader_.problem().error) {
    case ProtocolError::kTargetTooLong:
    case ProtocolError::kHeadersTooLarge: return service_.counters.count(ServerEvent::kHeadersTooLarge);
    case ProtocolError::kBodyTooLarge: return service_.counters.count(ServerEvent::kBodyTooLarge);
    case ProtocolError::kMalformed:
    case ProtocolError::kTimedOut:
    case ProtocolError::kVersionNotSupported:
    case ProtocolError::kHandlerFailed:
    case ProtocolError::kOverloaded:
    case ProtocolError::kStopping: return;
  }
}

Task<Response> Connection::handle() {
  enter(Phase::kHandling);
  const auto exchange = std::make_shared<Exchange>([this] { wake_from_any_thread(); }, *service_.answers);
  const ExchangeScope scope(*exchange);
  Exchange::Outcome outcome;
  const Called called = call_handler(exchange);
  if (called == Called::kReturned) {
    while (exchange->wait_for_answer() && !is_cut_ && !is_expired_) {
      error_code ignored;
      co_await answered_->async_wait(asio::redirect_error(kAwait, ignored));
    }
    outcome = exchange->close();
  }
  if (is_cut_) co_return Response{};
  if (outcome.response.has_value() && is_final_status(outcome.response->status)) {
    held_answer_ = std::move(outcome.share);
    co_return *std::move(outcome.response);
  }
  if (outcome.is_too_much) {
    service_.counters.count(ServerEvent::kAnswerRefused);
    co_return service_.page({ProtocolError::kOverloaded,
                             "The answers that wait for their clients to read them are as many bytes as this server "
                             "may hold (setting answers-bytes-max).",
                             request_id_});
  }
  if (is_expired_) {
    co_return service_.page(
        {ProtocolError::kOverloaded, "The request took longer than the server gives it.", request_id_});
  }
  if (called == Called::kOutOfMemory || outcome.is_out_of_memory) {
    co_return service_.page({ProtocolError::kOverloaded, "The server has no memory left for this.", request_id_});
  }
  co_return service_.page({ProtocolError::kHandlerFailed, "The server failed to answer this request.", request_id_});
}

base::SteadyTime Connection::now() const {
  return service_.options.on_answer && service_.options.clock != nullptr ? service_.options.clock->steady_now()
                                                                         : base::SteadyTime();
}

void Connection::tell_of(const Response& response, std::size_t bytes, bool is_whole) const {
  if (!service_.options.on_answer) return;
  service_.options.on_answer({.method = method_,
                              .path = path_,
                              .peer_address = peer_address_,
                              .request_id = request_id_,
                              .remark = response.remark,
                              .status = response.status,
                              .bytes = bytes,
                              .took = now() - began_,
                              .is_whole = is_whole});
}

// Only memory running out throws, and what is wrong with a handler.
Connection::Called Connection::call_handler(const std::shared_ptr<Exchange>& exchange) {
  Request request = reader_.take();
  request.peer_address = peer_address_;
  request.is_encrypted = tls_.has_value();
  if (tunnel_tls_) request.tunnel_host = host_of(service_.options.tunnel_to);
  request.id = request_id_;
  if (service_.options.on_answer) {
    method_ = to_text(request.method);
    path_ = request.path;
  }
  request.turns = thread_.turns.get();
  Reply reply(sender(exchange), [exchange] { exchange->answer(std::nullopt); });
  try {
    service_.handler(std::move(request), std::move(reply));
    return Called::kReturned;
  } catch (const std::bad_alloc&) {
    return Called::kOutOfMemory;
  } catch (...) {
    return Called::kFailed;
  }
}

// What an answer goes through to this connection. One that comes from another thread is compressed there: what takes
// long on this one keeps other connections waiting.
std::function<void(Response)> Connection::sender(const std::shared_ptr<Exchange>& exchange) const {
  const bool may_compress = reader_.traits().accepts_gzip;
  return [exchange, may_compress, from = service_.options.gzip_from_bytes,
          executor = answered_->get_executor()](Response response) {
    if (may_compress && !executor.running_in_this_thread() && !response.body_end) compress_elsewhere(response, from);
    exchange->answer(std::move(response));
  };
}

// The connection may be gone when the posted function runs; the timer, which it shares, is not.
void Connection::wake_from_any_thread() {
  asio::post(socket_.get_executor(), [answered = answered_] { answered->cancel(); });
}

// Compresses the response if that is wanted and worth it, renders its head, and returns what is to be sent.
Connection::Buffers Connection::encode(Response& response, bool closes) {
  const RequestTraits& traits = reader_.traits();
  if (!may_have_body(response.status)) {
    response.body.clear();
    response.body_end.reset();
  }
  HeadOptions options;
  if (service_.options.clock != nullptr) options.date = thread_.date.at(service_.options.clock->now());
  const std::size_t bytes = response.body_bytes();
  const bool is_encoded = response.header("Content-Encoding").has_value();
  options.varies_by_encoding = bytes > 0 && (is_encoded || bytes >= service_.options.gzip_from_bytes);
  Buffers buffers;
  if (response.body_end) buffers[2] = asio::buffer(response.body_end->text);
  if (options.varies_by_encoding && traits.accepts_gzip && !is_encoded) {
    if (compress(response, buffers)) response.headers.push_back({"Content-Encoding", "gzip"});
  }
  buffers[1] = asio::buffer(response.body);
  options.body_bytes = asio::buffer_size(buffers);
  if (closes) options.connection = HeadOptions::Connection::kClose;
  if (!closes && traits.is_http_1_0) options.connection = HeadOptions::Connection::kKeepAlive;
  head_out_.clear();
  append_head(head_out_, response, options);
  if (traits.is_head) return {asio::buffer(head_out_)};
  buffers[0] = asio::buffer(head_out_);
  return buffers;
}

// Whether it was worth it. Puts what follows the response's body into `buffers`.
bool Connection::compress(Response& response, Buffers& buffers) {
  if (!response.body_end) {
    auto packed = thread_.gzip.compress(response.body);
    if (!packed) return false;
    response.body = *std::move(packed);
    return true;
  }
  auto packed = thread_.gzip.compress(response.body, *response.body_end);
  if (!packed) return false;
  response.body = std::move(packed->beginning);
  gzip_end_ = packed->end;
  buffers[2] = asio::buffer(response.body_end->deflated);
  buffers[3] = asio::buffer(gzip_end_);
  return true;
}

// False if the client did not take all of it. `response`: what the buffers lie in, to be counted if it must wait.
Task<bool> Connection::send(Buffers buffers, const Response* response) {
  // The system nearly always takes an answer at once, and then there is no need to come back for it.
  error_code error;
  const std::size_t sent = tls_ ? tls_->write_some(buffers, error) : socket_.write_some(buffers, error);
  if (response != nullptr) thread_.turns->note_sending(thread_.turns->now() - began_sending_);
  if (error && error != asio::error::would_block && error != asio::error::try_again) co_return false;
  const Buffers rest = rest_of(buffers, sent);
  if (asio::buffer_size(rest) == 0) co_return true;
  if (response != nullptr) service_.answers->recount(held_answer_, *response);
  enter(Phase::kWriting);
  if (tls_) {
    co_await tls_->write(rest, error);
  } else {
    co_await asio::async_write(socket_, rest, asio::redirect_error(kAwait, error));
  }
  co_return !error;
}

// Says that no more answers come, and waits for the client to close, so that it gets what was sent.
Task<void> Connection::linger() {
  error_code error;
  if (tls_) tls_->say_end();
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) co_return;
  enter(Phase::kLingering);
  std::size_t discarded = in_.size();
  in_.consume(in_.size());
  while (discarded < kLingerBytesMax && co_await read_some()) {
    discarded += in_.size();
    in_.consume(in_.size());
  }
}

}  // namespace waybill::http
