#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace waybill::http::testing {

// An answer as it came.
struct RawAnswer {
  int status = 0;    // 0: the connection was closed before a whole head
  std::string head;  // with its status line and the empty line
  std::string body;

  // The value of the first header of that name; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const std::string_view line : base::split(head, '\n')) {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      if (base::equals_ignoring_case(line.substr(0, colon), name))
        return std::string(base::trim(line.substr(colon + 1)));
    }
    return {};
  }
};

enum class Body { kByLength, kNone };

// A client that sends whatever bytes it is told to. Every call fails its test, rather than hang, after a while.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const std::string& host = "127.0.0.1") : socket_(context_) {
    boost::system::error_code error;
    socket_.connect({boost::asio::ip::make_address(host), port}, error);
    EXPECT_FALSE(error) << error.message();
  }

  // False if the server has closed the connection.
  bool send(std::string_view bytes) {
    boost::system::error_code error;
    async_write(socket_, boost::asio::buffer(bytes),
                [&error](boost::system::error_code code, std::size_t) { error = code; });
    run();
    return !error;
  }

  // Says that no more bytes come.
  void finish_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }

  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  // The next answer; `body` says whether one follows the head ("100 Continue" and answers to HEAD have none).
  RawAnswer read_answer(Body body = Body::kByLength) {
    RawAnswer answer;
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return answer;
    }
    answer.head = take(end + 4);
    answer.status = static_cast<int>(base::parse_int(std::string_view(answer.head).substr(9, 3)).value_or(0));
    if (body == Body::kNone) return answer;
    const auto length = static_cast<std::size_t>(base::parse_int(answer.header("Content-Length")).value_or(0));
    while (received_.size() < length && receive()) continue;
    answer.body = take(length);
    return answer;
  }

  // One request, one answer.
  RawAnswer ask(std::string_view bytes, Body body = Body::kByLength) {
    send(bytes);
    return read_answer(body);
  }

  // Everything that comes until the server closes.
  std::string read_to_end() {
    while (receive()) continue;
    return take(received_.size());
  }

  // Whether anybody listens on a port.
  static bool can_connect(std::uint16_t port) {
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    boost::system::error_code error;
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    return !error;
  }

  // Whether the last read ended because the server closed in good order, rather than by a reset.
  [[nodiscard]] bool is_closed_in_order() const { return is_closed_in_order_; }

 private:
  // False at the end.
  bool receive() {
    char bytes[64 * 1024];
    boost::system::error_code error;
    std::size_t count = 0;
    socket_.async_read_some(boost::asio::buffer(bytes), [&](boost::system::error_code code, std::size_t n) {
      error = code;
      count = n;
    });
    run();
    received_.append(bytes, count);
    is_closed_in_order_ = error == boost::asio::error::eof;
    return !error;
  }

  void run() {
    context_.restart();
    context_.run_for(std::chrono::seconds(20));
    if (context_.stopped()) return;
    ADD_FAILURE() << "the server neither answered nor closed the connection";
    socket_.close();
    context_.run();
  }

  std::string take(std::size_t count) {
    std::string out = received_.substr(0, count);
    received_.erase(0, count);
    return out;
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
  bool is_closed_in_order_ = false;
};

}  // namespace waybill::http::testing
