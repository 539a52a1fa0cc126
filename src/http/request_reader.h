#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/server.h"

namespace waybill::http {

// What answering a request needs to know of it when the handler already owns the request.
struct RequestTraits {
  bool is_head = false;
  bool is_http_1_0 = false;
  bool keep_alive = false;
  bool accepts_gzip = false;
  bool expects_continue = false;  // waits for "100 Continue" before it sends its body
};

// Why a request cannot reach the handler.
struct Problem {
  ProtocolError error;
  std::string detail;
};

// Makes requests of the bytes of one connection: no socket, no clock. Not for concurrent use.
class RequestReader {
 public:
  enum class State {
    kHead,    // needs more bytes of the request line or the headers
    kBody,    // the head is whole; needs more bytes of the body
    kWhole,   // a request is there to be taken
    kFailed,  // problem() says why; nothing more can be read from this connection
  };

  // `limits` must outlive the reader.
  explicit RequestReader(const ServerLimits& limits);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  ~RequestReader();

  // Forgets the request before and expects the next one.
  void begin();

  // Takes what it can use of `bytes`, which are all bytes come so far that no call has taken, and returns how many they
  // were. Bytes that belong to the next request are left. REQUIRES: state() is kHead or kBody.
  std::size_t read(std::string_view bytes);

  // Gives up for a reason that lies outside the bytes.
  void fail(ProtocolError error, std::string detail);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const RequestTraits& traits() const { return traits_; }
  // REQUIRES: state() is kFailed.
  [[nodiscard]] const Problem& problem() const { return problem_; }
  // So much memory is taken by the body that is being read.
  [[nodiscard]] std::size_t body_capacity() const { return request_.body.capacity(); }
  // The request, its peer_address empty. REQUIRES: state() is kWhole; once.
  Request take() { return std::move(request_); }

 private:
  class Parser;

  std::size_t read_head(std::string_view bytes);
  std::size_t read_body(std::string_view bytes);
  std::size_t read_chunks(std::string_view bytes);
  bool check_beginning(std::string_view bytes);
  void parse_head(std::string_view head);
  void accept_head();
  bool take_target(std::string_view target);
  void fail_oversize_head(std::string_view bytes);

  const ServerLimits& limits_;
  State state_ = State::kHead;
  std::unique_ptr<Parser> parser_;
  std::size_t searched_ = 0;        // so many bytes are known not to hold the end of the head
  std::size_t body_remaining_ = 0;  // of a body with a Content-Length
  Request request_;
  RequestTraits traits_;
  Problem problem_{ProtocolError::kMalformed, {}};
};

}  // namespace waybill::http
