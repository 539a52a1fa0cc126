#include "http/tls_stream.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"

namespace waybill::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// What goes into one record of TLS.
constexpr std::size_t kRecordBytes = SSL3_RT_MAX_PLAIN_LENGTH;

constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 42\r\nConnection: close\r\n\r\n"
    "This port speaks HTTPS; begin with https.\n";

// The first record's worth of what follows the first `done` bytes of the buffers: where it lies, if that is in one
// piece, else put together in `scratch`.
std::string_view next_record(std::span<const asio::const_buffer> buffers, std::size_t done, std::string& scratch) {
  scratch.clear();
  for (const asio::const_buffer& buffer : buffers) {
    const std::size_t skipped = std::min(done, buffer.size());
    done -= skipped;
    const std::string_view rest(static_cast<const char*>(buffer.data()) + skipped, buffer.size() - skipped);
    if (scratch.empty() && rest.size() >= kRecordBytes) return rest.substr(0, kRecordBytes);
    scratch += rest.substr(0, kRecordBytes - scratch.size());
    if (scratch.size() == kRecordBytes) break;
  }
  return scratch;
}

}  // namespace

TlsStream::TlsStream(Socket& socket, const TlsContext& context, std::string& scratch)
    : socket_(socket), scratch_(scratch), ssl_(SSL_new(context.native())) {
  CHECK(ssl_ != nullptr && SSL_set_fd(ssl_, socket.native_handle()) == 1);  // out of memory
  SSL_set_accept_state(ssl_);
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

Task<bool> TlsStream::handshake() {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) co_return true;
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) {
      tell_in_plain();
      co_return false;
    }
    if (!co_await wait_after(result)) co_return false;
  }
}

void TlsStream::tell_in_plain() {
  is_broken_ = true;
  error_code ignored;
  socket_.write_some(asio::buffer(kPlainAnswer), ignored);
  // What is left of the request must be read, or the system sends a reset that may overtake the answer.
  std::array<char, 4096> rest;
  socket_.read_some(asio::buffer(rest), ignored);
}

// Waits until the socket is ready for what a call that returned `result` wanted of it. False if that call has failed
// for good.
Task<bool> TlsStream::wait_after(int result) {
  const int reason = SSL_get_error(ssl_, result);
  if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
    is_broken_ = reason != SSL_ERROR_ZERO_RETURN;
    co_return false;
  }
  error_code error;
  [[maybe_unused]] const auto wanted = reason == SSL_ERROR_WANT_READ ? Socket::wait_read : Socket::wait_write;
#ifndef __clang_analyzer__  // It takes a pointer inside Asio's awaitable for one that nobody has set.
  co_await socket_.async_wait(wanted, asio::redirect_error(kAwait, error));
#endif
  // It may have been closed since it was found ready, and its number be another's now.
  co_return !error && socket_.is_open();
}

Task<std::size_t> TlsStream::read_some(asio::mutable_buffer space, error_code& error) {
  for (;;) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_, space.data(), space.size(), &count);
    if (result == 1) co_return count;
    if (!co_await wait_after(result)) {
      error = asio::error::eof;
      co_return 0;
    }
  }
}

std::size_t TlsStream::write_some(std::span<const asio::const_buffer> buffers, error_code& error) {
  return push(buffers, 0, error);
}

// Sends what follows the first `done` bytes, as far as the socket takes it, and returns how many bytes are sent then.
std::size_t TlsStream::push(std::span<const asio::const_buffer> buffers, std::size_t done, error_code& error) {
  error = {};
  const std::size_t wanted = asio::buffer_size(buffers);
  while (done < wanted) {
    ERR_clear_error();
    // A call that could not be finished is made again with the same bytes, as OpenSSL demands, since it sent none.
    const std::string_view record = next_record(buffers, done, scratch_);
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_, record.data(), record.size(), &count);
    done += count;
    if (result == 1) continue;
    is_broken_ = SSL_get_error(ssl_, result) != SSL_ERROR_WANT_WRITE;
    error = is_broken_ ? error_code(asio::error::broken_pipe) : error_code(asio::error::would_block);
    break;
  }
  return done;
}

Task<void> TlsStream::write(std::span<const asio::const_buffer> buffers, error_code& error) {
  for (std::size_t done = push(buffers, 0, error); error == asio::error::would_block;
       done = push(buffers, done, error)) {
    co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(kAwait, error));
    if (!error && !socket_.is_open()) error = asio::error::operation_aborted;
    if (error) co_return;
  }
}

void TlsStream::say_end() {
  ERR_clear_error();
  if (!is_broken_) SSL_shutdown(ssl_);
}

void block_pipe_signal_in_this_thread() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace waybill::http
