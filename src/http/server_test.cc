#include "http/server.h"

#include <atomic>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "base/thread.h"
#include "http/gzip.h"
#include "http/testing/raw_client.h"
#include "http/testing/test_server.h"

namespace waybill::http {
namespace {

using testing::Body;
using testing::echo;
using testing::plain_page;
using testing::RawAnswer;
using testing::RawClient;
using testing::shown;
using testing::start_server;

// The text of a GET request for `target` with further header lines.
std::string get(std::string_view target, std::string_view headers = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: here\r\n{}\r\n", target, headers);
}

TEST(ServerTest, TheHandlerGetsEveryPartOfARequest) {
  const auto server = start_server([](Request&& request, Reply reply) {
    std::string text = shown(request) + " from " + request.peer_address;
    for (const Header& header : request.headers) text += fmt::format("\n{}={}", header.name, header.value);
    EXPECT_EQ(request.header("x-one"), "1");
    EXPECT_EQ(request.header("X-Three"), std::nullopt);
    reply.send({201, {{"X-Answer", "yes"}}, text});
  });
  RawClient client(server->port());
  const RawAnswer answer = client.ask(
      "POST /v1/a%20b?x=1&y HTTP/1.1\r\nHost: here\r\nX-One:  1 \r\nx-two:2\r\nX-One: 3\r\n"
      "Content-Length: 5\r\n\r\nhello");
  EXPECT_EQ(answer.status, 201);
  EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 201 Created\r\n")) << answer.head;
  EXPECT_EQ(answer.header("X-Answer"), "yes");
  EXPECT_EQ(answer.body,
            "POST /v1/a%20b ?x=1&y hello from 127.0.0.1\nHost=here\nX-One=1\nx-two=2\nX-One=3\nContent-Length=5");
}

ServerOptions narrow_options() {
  ServerOptions options;
  options.limits.target_bytes_max = 100;
  options.limits.header_bytes_max = 400;
  options.limits.body_bytes_max = 10;
  return options;
}

TEST(ServerTest, ProperRequestsReachTheHandler) {
  const auto server = start_server(echo, narrow_options());
  struct Case {
    const char* name;
    std::string bytes;
    std::string want;
  };
  const Case cases[] = {
      {"plain", get("/"), "GET / ? "},
      {"query", get("/a/b?c=d?e"), "GET /a/b ?c=d?e "},
      {"empty query", get("/a?"), "GET /a ? "},
      {"empty line before", "\r\n\r\n" + get("/"), "GET / ? "},
      {"PUT", "PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", "PUT /a ? x"},
      {"PATCH", "PATCH /a HTTP/1.1\r\nHost: h\r\n\r\n", "PATCH /a ? "},
      {"DELETE", "DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n", "DELETE /a ? "},
      {"OPTIONS", "OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS /a ? "},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * ? "},
      {"a method nobody knows", "BREW /a HTTP/1.1\r\nHost: h\r\n\r\n", "OTHER /a ? "},
      {"methods have a case", "get /a HTTP/1.1\r\nHost: h\r\n\r\n", "OTHER /a ? "},
      {"absolute-form", get("http://there:80/a?b"), "GET /a ?b "},
      {"absolute-form without a path", get("HTTP://there"), "GET / ? "},
      {"absolute-form with a query alone", get("https://there?b"), "GET / ?b "},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET / ? "},
      {"body just fits", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789", "POST / ? 0123456789"},
      {"chunks", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
       "POST / ? abcde"},
      {"chunks and trailers",
       "POST / HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n"
       "A\r\n0123456789\r\n0\r\nHost: x\r\nT: u\r\n\r\n",
       "POST / ? 0123456789"},
      {"the longest target", get("/" + std::string(99, 'a')), "GET /" + std::string(99, 'a') + " ? "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    RawClient client(server->port());
    const RawAnswer answer = client.ask(c.bytes);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, c.want);
  }
}

TEST(ServerTest, WhatTwoServersMayReadInTwoWaysIsRefused) {
  const auto server = start_server(echo);
  const std::string cases[] = {
      get("/", "Content-Length: 1\r\nContent-Length: 1\r\n") + "a",
      get("/", "Content-Length: 1, 1\r\n") + "a",
      get("/", "Authorization: Basic YTpi\r\nAuthorization: Basic Yzpk\r\n"),
      get("/", "Authorization: Basic YTpi\r\nauthorization: Basic YTpi\r\n"),
      get("/", "Content-Type: text/plain\r\nContent-Type: application/json\r\n"),
      get("/", "X: a\r\n b\r\n"),
      get("/", "X: a\r\n\tb\r\n"),
      get("/", "Transfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n",
  };
  for (const std::string& bytes : cases) {
    SCOPED_TRACE(bytes);
    RawClient client(server->port());
    client.send(bytes);
    EXPECT_EQ(client.read_answer().status, 400);
    EXPECT_EQ(client.read_to_end(), "");
  }
}

TEST(ServerTest, ImproperRequestsAreRefusedAndTheConnectionClosed) {
  const auto server = start_server(echo, narrow_options());
  const std::string long_text(101, 'a');
  const std::string longer_text(500, 'a');
  struct Case {
    const char* name;
    std::string bytes;
    int status;
  };
  const Case cases[] = {
      {"no HTTP at all", "\x16\x03\x01\x02", 400},
      {"lines without CR", "GET / HTTP/1.1\nHost: h\n\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"no target", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"blank in the target", get("/a b"), 400},
      {"* for GET", get("*"), 400},
      {"authority-form", "CONNECT there:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"no authority", get("http:///a"), 400},
      {"another scheme", get("ftp://there/a"), 400},
      {"no slash", get("a"), 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get("/", "Host: other\r\n"), 400},
      {"blank before the colon", get("/", "X : y\r\n"), 400},
      {"header without a name", get("/", ": y\r\n"), 400},
      {"header without a colon", get("/", "X\r\n"), 400},
      {"control character", get("/", std::string("X: a\0b\r\n", 8)), 400},
      {"length that is no number", get("/", "Content-Length: x\r\n"), 400},
      {"negative length", get("/", "Content-Length: -1\r\n"), 400},
      {"signed length", get("/", "Content-Length: +1\r\n"), 400},
      {"length beyond all numbers", get("/", "Content-Length: 99999999999999999999\r\n"), 400},
      {"two lengths", get("/", "Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
      {"length and chunks", get("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunks and length", get("/", "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), 400},
      {"another encoding and length", get("/", "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n"), 400},
      {"another encoding", get("/", "Transfer-Encoding: gzip\r\n"), 400},
      {"two encodings", get("/", "Transfer-Encoding: gzip, chunked\r\n"), 400},
      {"chunked twice", get("/", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunk length that is no number", get("/", "Transfer-Encoding: chunked\r\n") + "x\r\n", 400},
      {"chunk longer than it says", get("/", "Transfer-Encoding: chunked\r\n") + "1\r\nab\r\n0\r\n\r\n", 400},
      {"endless chunk line", get("/", "Transfer-Encoding: chunked\r\n") + "1;" + std::string(9000, 'x'), 400},
      {"body too large", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", 413},
      {"chunks too large", get("/", "Transfer-Encoding: chunked\r\n") + "6\r\nabcdef\r\n5\r\n", 413},
      {"target too long", get("/" + long_text), 414},
      {"target that does not end", "GET /" + longer_text, 414},
      {"target too long for the head", get("/" + longer_text), 414},
      {"headers too long", get("/", "X: " + longer_text + "\r\n"), 431},
      {"headers that do not end", "GET / HTTP/1.1\r\nHost: h\r\nX: " + longer_text, 431},
      {"method that does not end", longer_text, 431},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505},
      {"no such protocol", "GET / HTTQ/1.1\r\nHost: h\r\n\r\n", 400},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    RawClient client(server->port());
    const RawAnswer answer = client.ask(c.bytes);
    EXPECT_EQ(answer.status, c.status) << answer.body;
    EXPECT_NE(answer.body, "");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(client.is_closed_in_order());
  }
}

TEST(ServerTest, TheAuthorityOfAnAbsoluteTargetOutranksHost) {
  const auto server = start_server(
      [](Request&& request, Reply reply) { reply.send({200, {}, std::string(request.header("Host").value_or(""))}); });
  EXPECT_EQ(RawClient(server->port()).ask(get("http://there:80/a")).body, "there:80");
}

TEST(ServerTest, TrailersDoNotBecomeHeaders) {
  const auto server = start_server(
      [](Request&& request, Reply reply) { reply.send({200, {}, std::to_string(request.headers.size())}); });
  EXPECT_EQ(
      RawClient(server->port()).ask(get("/", "Transfer-Encoding: chunked\r\n") + "0\r\nAuthorization: x\r\n\r\n").body,
      "2");
}

TEST(ServerTest, OneConnectionCarriesManyRequests) {
  const auto server = start_server(echo);
  RawClient client(server->port());
  for (int i = 0; i < 5; ++i) {
    const RawAnswer answer = client.ask(get(fmt::format("/{}", i)));
    EXPECT_EQ(answer.body, fmt::format("GET /{} ? ", i));
    EXPECT_EQ(answer.header("Connection"), "");
  }
}

TEST(ServerTest, RequestsSentAtOnceAreAnsweredInTheirOrder) {
  const auto server = start_server(echo);
  std::string bytes;
  for (int i = 0; i < 50; ++i) {
    bytes += fmt::format("POST /{} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{:02}", i, i);
  }
  RawClient client(server->port());
  client.send(bytes);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.read_answer().body, fmt::format("POST /{} ? {:02}", i, i));
}

TEST(ServerTest, ARequestMayComeByteByByte) {
  const auto server = start_server(echo);
  const std::string requests[] = {
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
      "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: t\r\n\r\n",
  };
  RawClient client(server->port());
  for (const std::string& request : requests) {
    for (const char byte : request) client.send({&byte, 1});
    EXPECT_EQ(client.read_answer().body, fmt::format("POST {} ? abc", request.substr(5, 2)));
  }
}

TEST(ServerTest, AConnectionIsKeptOrClosedAsAgreed) {
  const auto server = start_server(echo);
  struct Case {
    const char* name;
    std::string bytes;
    bool is_kept;
    std::string header;
  };
  const Case cases[] = {
      {"HTTP/1.1", get("/"), true, ""},
      {"HTTP/1.1, close", get("/", "Connection: close\r\n"), false, "close"},
      {"HTTP/1.1, a list", get("/", "Connection: x, Close\r\n"), false, "close"},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", false, "close"},
      {"HTTP/1.0, keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, "keep-alive"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    RawClient client(server->port());
    const RawAnswer answer = client.ask(c.bytes + get("/next"));
    EXPECT_EQ(answer.body, "GET / ? ");
    EXPECT_EQ(answer.header("Connection"), c.header);
    if (c.is_kept) {
      EXPECT_EQ(client.read_answer().body, "GET /next ? ");
    } else {
      EXPECT_EQ(client.read_to_end(), "");
      EXPECT_TRUE(client.is_closed_in_order());
    }
  }
}

TEST(ServerTest, AClientThatHasNoMoreToSendStillGetsItsAnswer) {
  const auto server = start_server(echo);
  RawClient client(server->port());
  client.send(get("/last"));
  client.finish_sending();
  EXPECT_EQ(client.read_answer().body, "GET /last ? ");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerTest, AnAnswerToHeadHasTheHeadersOfGet) {
  base::testing::FakeClock clock(base::from_ms(784'887'151'000));
  ServerOptions options;
  options.clock = &clock;
  const auto server = start_server(
      [](Request&&, Reply reply) { reply.send({200, {{"Content-Type", "text/plain"}}, std::string(5000, 'x')}); },
      options);
  for (const std::string_view headers : {"", "Accept-Encoding: gzip\r\n"}) {
    SCOPED_TRACE(headers);
    RawClient client(server->port());
    std::string request = get("/", headers);
    const RawAnswer to_get = client.ask(request);
    const RawAnswer to_head = client.ask(request.replace(0, 3, "HEAD"), Body::kNone);
    EXPECT_EQ(to_head.head, to_get.head);
    EXPECT_NE(to_head.header("Content-Length"), "0");
    EXPECT_EQ(to_head.header("Date"), "Tue, 15 Nov 1994 08:12:31 GMT");
    // Had the answer to HEAD a body, it would stand here.
    EXPECT_EQ(client.ask(get("/", headers)).head, to_get.head);
  }
}

TEST(ServerTest, ErrorsBeforeTheHandlerKeepToHeadToo) {
  const auto server = start_server(echo);
  RawClient client(server->port());
  const RawAnswer answer = client.ask("HEAD / HTTP/1.1\r\n\r\n", Body::kNone);
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.header("Content-Length"), "0");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerTest, TheDateFollowsTheClock) {
  base::testing::FakeClock clock(base::from_ms(0));
  ServerOptions options;
  options.clock = &clock;
  const auto server = start_server(echo, options);
  RawClient client(server->port());
  EXPECT_EQ(client.ask(get("/")).header("Date"), "Thu, 01 Jan 1970 00:00:00 GMT");
  clock.advance(std::chrono::milliseconds(999));
  EXPECT_EQ(client.ask(get("/")).header("Date"), "Thu, 01 Jan 1970 00:00:00 GMT");
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(client.ask(get("/")).header("Date"), "Thu, 01 Jan 1970 00:00:01 GMT");
}

TEST(ServerTest, AClientThatExpectsContinueIsToldTo) {
  const auto server = start_server(echo);
  RawClient client(server->port());
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.ask(head, Body::kNone).head, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(client.ask("abc").body, "POST / ? abc");
  }
  // A client that does not wait gets no more than its answer.
  EXPECT_EQ(client.ask(head + "abc").status, 200);
}

TEST(ServerTest, ABodyThatIsTooLargeIsRefusedBeforeItIsSent) {
  ServerOptions options;
  options.limits.body_bytes_max = 2;
  const auto server = start_server(echo, options);
  RawClient client(server->port());
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").status, 413);
}

TEST(ServerTest, AClientThatSendsAllTheSameStillReadsWhyItIsRefused) {
  ServerOptions options;
  options.limits.body_bytes_max = 1000;
  const auto server = start_server(echo, options);
  RawClient client(server->port());
  const std::string body(16UL * 1024 * 1024, 'x');
  EXPECT_TRUE(client.send(fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.size())));
  EXPECT_TRUE(client.send(body));
  const RawAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "The request's body is longer than 1000 bytes.");
}

TEST(ServerTest, BodiesAreCompressedWhereThatIsWantedAndWorthIt) {
  std::string noise;
  for (std::uint32_t i = 1, state = 1; i <= 300; ++i) {
    state = state * 1'664'525 + 1'013'904'223;
    noise += static_cast<char>(state >> 24U);
  }
  ServerOptions options;
  options.gzip_from_bytes = 100;
  const auto server = start_server(
      [&noise](Request&& request, Reply reply) {
        if (request.path == "/short") return reply.send({200, {}, std::string(99, 'x')});
        if (request.path == "/noise") return reply.send({200, {}, noise});
        if (request.path == "/encoded") {
          return reply.send({200, {{"content-encoding", "br"}}, std::string(200, 'x')});
        }
        if (request.path == "/vary") {
          return reply.send({200, {{"Vary", "Origin, accept-encoding"}}, std::string(200, 'x')});
        }
        reply.send({200, {}, std::string(200, 'x')});
      },
      options);
  struct Case {
    std::string_view path, accept, encoding, vary;
  };
  const Case cases[] = {
      {"/", "gzip", "gzip", "Accept-Encoding"},
      {"/", "br, GZIP;q=0.5", "gzip", "Accept-Encoding"},
      {"/", "", "", "Accept-Encoding"},
      {"/", "gzip;q=0", "", "Accept-Encoding"},
      {"/short", "gzip", "", ""},
      {"/noise", "gzip", "", "Accept-Encoding"},
      {"/encoded", "gzip", "br", "Accept-Encoding"},
      {"/vary", "gzip", "gzip", "Origin, accept-encoding"},
  };
  RawClient client(server->port());
  for (const Case& c : cases) {
    SCOPED_TRACE(fmt::format("{} {}", c.path, c.accept));
    const RawAnswer answer =
        client.ask(get(c.path, c.accept.empty() ? "" : fmt::format("Accept-Encoding: {}\r\n", c.accept)));
    EXPECT_EQ(answer.header("Content-Encoding"), c.encoding);
    EXPECT_EQ(answer.header("Vary"), c.vary);
    EXPECT_EQ(answer.body.starts_with("\x1f\x8b"), c.encoding == "gzip");
    EXPECT_EQ(answer.body.size() < 200, c.encoding == "gzip" || c.path == "/short");
  }
}

TEST(ServerTest, WhatManyAnswersEndWithIsSentBehindTheirOwnBodies) {
  const auto shared = std::make_shared<const SharedText>(Gzip().make_shared_text(std::string(300'000, 'x') + "end"));
  const auto server = start_server([&shared](Request&& request, Reply reply) {
    reply.send({request.path == "/nothing" ? 204 : 200, {}, "one " + request.path + " ", shared});
  });
  RawClient client(server->port());
  for (int round = 0; round < 2; ++round) {
    for (const std::string path : {"/a", "/longer"}) {
      const std::string whole = "one " + path + " " + shared->text;
      const RawAnswer plain = client.ask(get(path));
      EXPECT_EQ(plain.body, whole);
      EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
      const RawAnswer packed = client.ask(get(path, "Accept-Encoding: gzip\r\n"));
      EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
      EXPECT_LT(packed.body.size(), 5'000U);
      EXPECT_TRUE(packed.body.starts_with("\x1f\x8b"));
      std::string head = get(path);
      EXPECT_EQ(client.ask(head.replace(0, 3, "HEAD"), Body::kNone).header("Content-Length"),
                std::to_string(whole.size()));
    }
    EXPECT_EQ(client.ask(get("/nothing"), Body::kNone).header("Content-Length"), "");
  }
}

TEST(ServerTest, AnswersWithoutABodyHaveNoLength) {
  const auto server = start_server([](Request&& request, Reply reply) {
    reply.send({request.path == "/204" ? 204 : 304, {{"ETag", "x"}}, "dropped"});
  });
  RawClient client(server->port());
  for (const int status : {204, 304}) {
    const RawAnswer answer = client.ask(get(fmt::format("/{}", status)));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.header("ETag"), "x");
    EXPECT_EQ(answer.head.find("Content-Length"), std::string::npos);
  }
}

TEST(ServerTest, AStatusNobodyHasNamedIsSentWithoutAReason) {
  const auto server = start_server([](Request&&, Reply reply) { reply.send({298, {}, {}}); });
  EXPECT_TRUE(RawClient(server->port()).ask(get("/")).head.starts_with("HTTP/1.1 298 \r\n"));
}

TEST(ServerTest, AHandlerCannotBreakTheFraming) {
  const auto server = start_server([](Request&&, Reply reply) {
    reply.send({200,
                {{"content-length", "1"},
                 {"Transfer-Encoding", "chunked"},
                 {"Connection", "close"},
                 {"Location", "/a\r\nSet-Cookie: evil=1"}},
                "body"});
  });
  RawClient client(server->port());
  const RawAnswer answer = client.ask(get("/"));
  EXPECT_EQ(answer.head, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nLocation: /a  Set-Cookie: evil=1\r\n\r\n");
  EXPECT_EQ(answer.body, "body");
}

TEST(ServerTest, ALongAnswerReachesASlowReaderWhole) {
  std::string body(12UL * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  const auto server = start_server([&body](Request&&, Reply reply) { reply.send({200, {}, body}); });
  RawClient client(server->port());
  client.send(get("/") + get("/"));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(client.read_answer().body == body);
}

TEST(ServerTest, ManyClientsAreServedByManyThreads) {
  ServerOptions options;
  options.threads = 3;
  std::atomic<int> handled = 0;
  const auto server = start_server(
      [&handled](Request&& request, Reply reply) {
        ++handled;
        echo(std::move(request), std::move(reply));
      },
      options);
  {
    std::vector<base::Thread> clients;
    clients.reserve(6);
    for (int i = 0; i < 6; ++i) {
      clients.emplace_back("client", [&server, i] {
        for (int connection = 0; connection < 5; ++connection) {
          RawClient client(server->port());
          for (int request = 0; request < 20; ++request) {
            EXPECT_EQ(client.ask(get(fmt::format("/{}/{}", i, request))).body,
                      fmt::format("GET /{}/{} ? ", i, request));
          }
        }
      });
    }
  }
  EXPECT_EQ(handled, 6 * 5 * 20);
}

TEST(ServerTest, ItListensOnIpv6AndShowsThePeerPlainly) {
  const auto handler = [](Request&& request, Reply reply) { reply.send({200, {}, request.peer_address}); };
  ServerOptions options;
  options.host = "::1";
  EXPECT_EQ(RawClient(start_server(handler, options)->port(), "::1").ask(get("/")).body, "::1");
  options.host = "::";  // both kinds
  EXPECT_EQ(RawClient(start_server(handler, options)->port()).ask(get("/")).body, "127.0.0.1");
}

TEST(ServerTest, WhatIsNoAddressIsRefused) {
  for (const char* const host : {"", "example.org", "256.0.0.1", "127.0.0.1:80", "[::1]"}) {
    SCOPED_TRACE(host);
    ServerOptions options;
    options.host = host;
    const auto server = Server::start(options, echo, plain_page);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code(), base::ErrorCode::kInvalidArgument);
  }
}

TEST(ServerTest, APortThatIsTakenIsAConflict) {
  ServerOptions options;
  options.host = "localhost";
  const auto server = start_server(echo, options);
  options.port = server->port();
  const auto second = Server::start(options, echo, plain_page);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), base::ErrorCode::kConflict);
  EXPECT_NE(second.error().message().find(std::to_string(server->port())), std::string::npos);
}

TEST(ServerTest, AnAddressOfAnotherMachineIsAnIoError) {
  ServerOptions options;
  options.host = "192.0.2.1";
  const auto server = Server::start(options, echo, plain_page);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code(), base::ErrorCode::kIo);
}

}  // namespace
}  // namespace waybill::http
