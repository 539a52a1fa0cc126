#include "http/client.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "base/thread.h"
#include "http/testing/test_server.h"

namespace waybill::http {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using testing::echo;
using testing::start_server;

std::string url_of(const Server& server, std::string_view path = "/") {
  return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
}

// Answers with the request's headers, one a line.
void show_headers(Request&& request, Reply reply) {
  std::string text;
  for (const Header& header : request.headers) text += header.name + "=" + header.value + "\n";
  reply.send({200, {}, text});
}

TEST(ClientTest, EveryMethodCarriesItsBody) {
  const auto server = start_server(echo);
  Client client{ClientOptions()};
  for (const Method method :
       {Method::kGet, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete, Method::kOptions}) {
    for (const std::string_view body : {"", "body"}) {
      SCOPED_TRACE(fmt::format("{} {}", to_text(method), body));
      const auto response = client.send(method, url_of(*server, "/a?b=c"), {}, body);
      ASSERT_TRUE(response) << response.error().message();
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(response->body, fmt::format("{} /a ?b=c {}", to_text(method), body));
    }
  }
  const auto response = client.send(Method::kHead, url_of(*server), {}, "");
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(response->header("content-length"), "9");
}

TEST(ClientTest, HeadersGoOutAsTheyAreGivenAndNothingIsMadeUp) {
  const auto server = start_server(show_headers);
  Client client{ClientOptions()};
  const auto response = client.send(Method::kPost, url_of(*server), {{"X-One", "1"}, {"X-Empty", ""}}, "body");
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, fmt::format("Host=127.0.0.1:{}\nAccept=*/*\nAccept-Encoding=gzip\nX-One=1\nX-Empty=\n"
                                        "Content-Length=4\n",
                                        server->port()));
}

TEST(ClientTest, ThePasswordGoesOutAsBasicAuthentication) {
  const auto server = start_server(show_headers);
  ClientOptions options;
  options.user = "AC1";
  options.password = "s:cret";
  const auto response = Client(options).send(Method::kGet, url_of(*server), {}, "");
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_NE(response->body.find("Authorization=Basic " + base::to_base64("AC1:s:cret") + "\n"), std::string::npos);
}

TEST(ClientTest, AnyStatusIsAnAnswerAndRedirectsAreNotFollowed) {
  const auto server = start_server([](Request&& request, Reply reply) {
    reply.send({static_cast<int>(base::parse_int(request.path.substr(1)).value()), {{"Location", "/200"}}, "text"});
  });
  Client client{ClientOptions()};
  for (const int status : {200, 201, 302, 404, 429, 500, 503}) {
    const auto response = client.send(Method::kGet, url_of(*server, fmt::format("/{}", status)), {}, "");
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->header("location"), "/200");
    EXPECT_EQ(response->body, "text");
  }
}

TEST(ClientTest, CompressedAnswersArriveAsTheyWere) {
  const std::string body(100'000, 'x');
  const auto server = start_server([&body](Request&&, Reply reply) { reply.send({200, {{"X-Kept", "1"}}, body}); });
  const auto response = Client(ClientOptions()).send(Method::kGet, url_of(*server), {}, "");
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, body);
  EXPECT_EQ(response->header("Vary"), "Accept-Encoding");
  EXPECT_EQ(response->header("Content-Encoding"), std::nullopt);
  EXPECT_EQ(response->header("Content-Length"), std::nullopt);
  EXPECT_EQ(response->header("X-Kept"), "1");
}

TEST(ClientTest, OneConnectionServesManyRequests) {
  ServerOptions options;
  options.limits.connections_max = 1;
  const auto server = start_server(echo, options);
  Client client{ClientOptions()};
  for (int i = 0; i < 5; ++i) {
    const auto response = client.send(Method::kGet, url_of(*server), {}, "");
    ASSERT_TRUE(response) << response.error().message();
  }
}

TEST(ClientTest, ALongBodyIsSentWhole) {
  const auto server =
      start_server([](Request&& request, Reply reply) { reply.send({200, {}, std::to_string(request.body.size())}); });
  const std::string body(10UL * 1024 * 1024, '\0');
  const auto response = Client(ClientOptions()).send(Method::kPost, url_of(*server), {}, body);
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, std::to_string(body.size()));
}

TEST(ClientTest, AnAnswerOverTheLimitIsTooLarge) {
  const auto server = start_server([](Request&& request, Reply reply) {
    reply.send({200, {}, std::string(static_cast<std::size_t>(base::parse_int(request.query).value()), 'x')});
  });
  ClientOptions options;
  options.body_bytes_max = 100'000;
  Client client(options);
  EXPECT_TRUE(client.send(Method::kGet, url_of(*server, "/?100000"), {}, ""));
  // Compressed, it would fit.
  const auto response = client.send(Method::kGet, url_of(*server, "/?100001"), {}, "");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kTooLarge);
  EXPECT_TRUE(client.send(Method::kGet, url_of(*server, "/?10"), {}, ""));
}

TEST(ClientTest, WhatCannotBeSentIsRefused) {
  Client client{ClientOptions()};
  const auto code_of = [&client](Method method, const std::string& url, const std::vector<Header>& headers) {
    const auto response = client.send(method, url, headers, "");
    EXPECT_FALSE(response);
    return response.error().code();
  };
  const std::string good = "http://127.0.0.1:1/";
  for (const char* const url : {"", "127.0.0.1", "ftp://127.0.0.1/", "file:///etc/passwd", "http://u:p@127.0.0.1/"}) {
    EXPECT_EQ(code_of(Method::kGet, url, {}), ErrorCode::kInvalidArgument) << url;
  }
  EXPECT_EQ(code_of(Method::kOther, good, {}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(Method::kGet, good, {{"X", "a\r\nY: b"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(Method::kGet, good, {{"X\n", "a"}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(Method::kGet, good, {{"", "a"}}), ErrorCode::kInvalidArgument);
}

TEST(ClientTest, WhereNobodyListensIsUnavailable) {
  std::string url;
  {
    const auto server = start_server(echo);
    url = url_of(*server);
  }
  ClientOptions options;
  options.user = "user";
  options.password = "secret";
  const auto response = Client(options).send(Method::kGet, url, {}, "");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(response.error().message().find("127.0.0.1"), std::string::npos) << response.error().message();
  EXPECT_EQ(response.error().message().find("secret"), std::string::npos);
}

TEST(ClientTest, AServerThatDoesNotAnswerIsUnavailable) {
  std::optional<Reply> held;
  const auto server = start_server([&held](Request&&, Reply reply) { held = std::move(reply); });
  ClientOptions options;
  options.request_time_max = milliseconds(30);
  const auto response = Client(options).send(Method::kGet, url_of(*server), {}, "");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
}

TEST(ClientTest, AnAnswerThatBreaksOffIsUnavailable) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const std::string url = fmt::format("http://127.0.0.1:{}/", acceptor.local_endpoint().port());
  const base::Thread server("server", [&context, &acceptor] {
    boost::asio::ip::tcp::socket socket(context);
    acceptor.accept(socket);
    boost::asio::write(socket,
                       boost::asio::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")));
    socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send);
    std::array<char, 1000> request{};
    boost::system::error_code error;
    while (!error) socket.read_some(boost::asio::buffer(request), error);
  });
  const auto response = Client(ClientOptions()).send(Method::kGet, url, {}, "");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
}

TEST(ClientTest, ManyClientsMayWorkAtOnce) {
  const auto server = start_server(echo);
  std::vector<base::Thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back("client", [&server, i] {
      Client client{ClientOptions()};
      for (int request = 0; request < 20; ++request) {
        const auto response = client.send(Method::kPost, url_of(*server), {}, fmt::format("{} {}", i, request));
        EXPECT_TRUE(response && response->body == fmt::format("POST / ? {} {}", i, request));
      }
    });
  }
}

}  // namespace
}  // namespace waybill::http
