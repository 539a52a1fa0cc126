#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/buffer.hpp>

#include "http/sockets.h"
#include "http/tls.h"

// OpenSSL's.
struct ssl_st;

namespace waybill::http {

// TLS over a socket: OpenSSL reads and writes the socket itself, and where it would have to wait, we wait for it. All
// calls come from the thread of the socket; cancelling or closing the socket ends what waits.
class TlsStream {
 public:
  // `socket` does not block, and must outlive the stream. The context may be gone before it. `scratch` is for putting
  // small pieces together; streams of one thread share it.
  TlsStream(Socket& socket, const TlsContext& context, std::string& scratch);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream();

  // Agrees with the client on how to speak. False if nothing comes of it; one that speaks HTTP has been told then.
  Task<bool> handshake();

  // As a socket's own calls: the first waits for bytes, the second does not wait (would_block), the third sends all.
  Task<std::size_t> read_some(boost::asio::mutable_buffer space, boost::system::error_code& error);
  std::size_t write_some(std::span<const boost::asio::const_buffer> buffers, boost::system::error_code& error);
  Task<void> write(std::span<const boost::asio::const_buffer> buffers, boost::system::error_code& error);

  // Tells the client that no more comes.
  void say_end();

 private:
  void tell_in_plain();
  Task<bool> wait_after(int result);
  std::size_t push(std::span<const boost::asio::const_buffer> buffers, std::size_t done,
                   boost::system::error_code& error);

  Socket& socket_;
  std::string& scratch_;
  ssl_st* const ssl_;
  bool is_broken_ = false;
};

// OpenSSL writes to sockets without asking the system to spare it the signal that a closed one sends; a thread whose
// sockets it writes to must not be ended by that.
void block_pipe_signal_in_this_thread();

}  // namespace waybill::http
