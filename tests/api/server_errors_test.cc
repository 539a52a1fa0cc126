// What never reaches the API, and what the API's answers become on the wire: over real sockets.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/invariants.h"
#include "api/shorthand.h"
#include "api/world.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "http/server.h"
#include "http/testing/raw_client.h"

namespace waybill::testing {
namespace {

using http::testing::Body;
using http::testing::RawAnswer;
using http::testing::RawClient;

constexpr std::string_view kList = "/v1/Workspaces/WS00000000000000000000000000000001/Events";

std::string authorization() {
  return "Authorization: Basic " + base::to_base64(expand_sids("AC~1") + ":token-of-AC~1") + "\r\n";
}

std::string request(std::string_view method, std::string_view target, std::string_view headers = "",
                    std::string_view body = "") {
  const std::string length = body.empty() ? "" : fmt::format("Content-Length: {}\r\n", body.size());
  return fmt::format("{} {} HTTP/1.1\r\nHost: waybill.test\r\n{}{}{}\r\n{}", method, target, authorization(), headers,
                     length, body);
}

// An answer from the wire as the handlers give it.
http::Response as_response(const RawAnswer& answer) {
  http::Response response{answer.status, {}, answer.body};
  bool is_first = true;
  for (const std::string_view line : base::split(answer.head, '\n')) {
    const std::size_t colon = line.find(':');
    if (!std::exchange(is_first, false) && colon != std::string_view::npos) {
      response.headers.push_back({std::string(line.substr(0, colon)), std::string(base::trim(line.substr(colon + 1)))});
    }
  }
  return response;
}

class ServerErrorsTest : public ::testing::Test {
 protected:
  ServerErrorsTest() {
    http::ServerOptions options;
    options.limits.target_bytes_max = 500;
    options.limits.header_bytes_max = 1000;
    options.limits.body_bytes_max = 200;
    options.limits.header_time_max = std::chrono::milliseconds(100);
    options.limits.body_time_max = std::chrono::milliseconds(100);
    options.gzip_from_bytes = 500;
    auto server = http::Server::start(
        options,
        [this](http::Request&& asked, http::Reply reply) { world_.api().handle(std::move(asked), std::move(reply)); },
        [this](const http::Failure& failure) { return world_.api().protocol_error(failure); });
    EXPECT_TRUE(server) << server.error().message();
    server_ = *std::move(server);
    const std::string event = R"({"sid":"EV00000000000000000000000000000001","event_date":"2026-11-23T11:50:00Z"})";
    RawClient client(server_->port());
    const RawAnswer answer = client.ask(request("POST", kList, "Content-Type: application/json\r\n", event));
    EXPECT_EQ(answer.status, 201) << answer.body;
  }

  // The answer to one request on a connection of its own; it must be what every answer is.
  RawAnswer ask(std::string_view bytes) {
    RawClient client(server_->port());
    RawAnswer answer = client.ask(bytes);
    check_invariants({}, as_response(answer));
    return answer;
  }

  World world_;
  std::unique_ptr<http::Server> server_;
};

struct Case {
  std::string_view name;
  std::string bytes;
  int status;
  int code;
  std::string_view message;  // a part of it
};

TEST_F(ServerErrorsTest, what_never_reaches_a_handler_has_the_four_members_too) {
  const std::string long_text(1000, 'a');
  const Case cases[] = {
      {"no HTTP at all", "\x16\x03\x01\x02", 400, 20001, "This is no HTTP request."},
      {"lines without CR", "GET / HTTP/1.1\nHost: h\n\n", 400, 20001, "The request line does not end with CR LF."},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400, 20001, "The request must have one Host header."},
      {"a target that is no path", "GET v1 HTTP/1.1\r\nHost: h\r\n\r\n", 400, 20001,
       "The request's target is no path."},
      {"a bad length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400, 20001, "no valid HTTP request"},
      {"a bad chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, 20001, "malformed"},
      {"headers that do not come", "GET / HTTP/1.1\r\nHost:", 408, 20408, "headers took too long"},
      {"a body that does not come", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n1", 408, 20408,
       "body took too long"},
      {"a body too large", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 201\r\n\r\n", 413, 20413,
       "longer than 200 bytes"},
      {"a target too long", fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", long_text.substr(0, 600)), 414, 20414,
       "longer than 500 bytes"},
      {"headers too large", fmt::format("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", long_text), 431, 20431,
       "longer than 1000 bytes"},
      {"another version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, 20505, "HTTP/1.1"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const RawAnswer answer = ask(c.bytes);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_NE(answer.body.find(fmt::format(R"({{"code":{},"message":")", c.code)), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find(c.message), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("Connection"), "close");
  }
}

TEST_F(ServerErrorsTest, what_the_api_refuses_arrives_as_it_is) {
  const Case cases[] = {
      {"an unknown path", request("GET", "/nothing"), 404, 20404, "/nothing"},
      {"a method", request("DELETE", kList), 405, 20004, "Method DELETE is not allowed"},
      {"a method nobody knows", request("BREW", kList), 405, 20004, "is not allowed"},
      {"a content type", request("POST", kList, "Content-Type: text/plain\r\n", "x"), 415, 20415, "'text/plain'"},
      {"nobody", "GET /v1/Workspaces HTTP/1.1\r\nHost: h\r\n\r\n", 401, 20003, "Authenticate"},
      {"bytes that are no UTF-8 in the path", request("GET", "/v1/\xff\"\\"), 404, 20404, "%FF"},
      {"the same with a method that is not allowed", request("PUT", "/v1/Workspaces/\xc3"), 405, 20004, "/%C3"},
      {"bytes that are no UTF-8 in the query", request("GET", fmt::format("{}?TaskSid=\xff", kList)), 400, 20001,
       "xff"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const RawAnswer answer = ask(c.bytes);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_NE(answer.body.find(fmt::format(R"({{"code":{},"message":")", c.code)), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find(c.message), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("Connection"), "") << "the connection goes on";
    EXPECT_EQ(answer.header("Allow").empty(), c.status != 405);
  }
}

TEST_F(ServerErrorsTest, head_is_get_without_the_body) {
  for (const std::string& target :
       {std::string(kList), std::string("/v1/Workspaces/WSx/Events"), fmt::format("{}?Minutes=0", kList)}) {
    SCOPED_TRACE(target);
    const RawAnswer get = ask(request("GET", target));
    RawClient client(server_->port());
    const RawAnswer head = client.ask(request("HEAD", target), Body::kNone);
    EXPECT_EQ(head.status, get.status);
    for (const char* const name :
         {"Content-Type", "Content-Length", "X-Rate-Limit-Limit", "Access-Control-Allow-Origin"}) {
      EXPECT_EQ(head.header(name), get.header(name)) << name;
    }
    EXPECT_EQ(client.ask(request("GET", "/healthz")).status, 200) << "no body came that would be taken for an answer";
  }
}

TEST_F(ServerErrorsTest, requests_sent_at_once_are_answered_in_their_order) {
  RawClient client(server_->port());
  // The first waits for a thread of the store, the others do not.
  ASSERT_TRUE(client.send(request("GET", kList) + request("GET", "/v1/Workspaces") + request("GET", "/nothing") +
                          request("GET", "/healthz")));
  EXPECT_NE(client.read_answer().body.find(R"("key":"events")"), std::string::npos);
  EXPECT_NE(client.read_answer().body.find(R"("key":"workspaces")"), std::string::npos);
  EXPECT_EQ(client.read_answer().status, 404);
  EXPECT_EQ(client.read_answer().body, R"({"status":"ok"})");
}

TEST_F(ServerErrorsTest, a_list_is_compressed_for_who_accepts_it) {
  const RawAnswer plain = ask(request("GET", kList));
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
  RawClient client(server_->port());
  const RawAnswer packed = client.ask(request("GET", kList, "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(packed.status, 200);
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size());
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
}

}  // namespace
}  // namespace waybill::testing
