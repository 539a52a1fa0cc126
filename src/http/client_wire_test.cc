// What a client makes of servers, proxies and certificates that are not as one would wish.

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "http/client.h"
#include "http/gzip.h"
#include "http/testing/certificates.h"
#include "http/testing/test_server.h"

namespace waybill::http {
namespace {

using testing::Certificates;
using testing::echo;
using testing::start_server;

// Takes one connection after the other, reads a request's head on it, and answers with the next text; an empty one
// closes the connection without an answer. Ends after the last.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers)
      : acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}),
        thread_("server", [this, answers = std::move(answers)] {
          for (const std::string& answer : answers) serve(answer);
        }) {}

  [[nodiscard]] std::string url(const std::string& scheme = "http") const {
    return fmt::format("{}://127.0.0.1:{}/", scheme, acceptor_.local_endpoint().port());
  }
  [[nodiscard]] std::string address() const { return fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port()); }

  // The heads of the requests so far.
  std::vector<std::string> requests() {
    const base::MutexLock lock(mutex_);
    return requests_;
  }

 private:
  void serve(const std::string& answer) {
    boost::asio::ip::tcp::socket socket(context_);
    acceptor_.accept(socket);
    boost::system::error_code error;
    std::string request;
    std::array<char, 4096> bytes{};
    while (!error && request.find("\r\n\r\n") == std::string::npos) {
      request.append(bytes.data(), socket.read_some(boost::asio::buffer(bytes), error));
    }
    {
      const base::MutexLock lock(mutex_);
      requests_.push_back(request);
    }
    boost::asio::write(socket, boost::asio::buffer(answer), error);
    socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  base::Mutex mutex_;
  std::vector<std::string> requests_ GUARDED_BY(mutex_);
  base::Thread thread_;  // last: it uses the others
};

// A variable of this process's environment, for a while.
class Variable {
 public:
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread of the test asks for it
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
  ~Variable() { unsetenv(name_); }

 private:
  const char* const name_;
};

base::Error error_of(const std::string& url, const ClientOptions& options = {}) {
  const auto response = Client(options).send(Method::kGet, url, {}, "");
  EXPECT_FALSE(response);
  return response ? base::unavailable("") : response.error();
}

std::string problem_of(const std::string& url, const ClientOptions& options = {}) {
  return error_of(url, options).message();
}

TEST(ClientWire, TheFormsOfAnAnswerAreUnderstood) {
  struct Case {
    const char* name;
    std::string answer;
    int status;
    std::string body;
  };
  const Case cases[] = {
      {"a length", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", 200, "body"},
      {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;x=1\r\ndy\r\n0\r\n\r\n", 200,
       "body"},
      {"the end of the connection", "HTTP/1.0 200 OK\r\n\r\nbody", 200, "body"},
      {"no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201, ""},
      {"an empty body that would be gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
       200, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const ScriptedServer server({c.answer});
    const auto response = Client(ClientOptions()).send(Method::kGet, server.url(), {}, "");
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, c.status);
    EXPECT_EQ(response->body, c.body);
  }
}

TEST(ClientWire, WhatIsNoAnswerIsUnavailableAndSaysWhy) {
  struct Case {
    std::string answer;
    const char* why;
  };
  const std::string zipped = Gzip().compress(std::string(1000, 'x')).value();
  const Case cases[] = {
      {"", "the connection was closed before the whole answer came"},
      {"HTTP/1.1 200 OK\r\n", "the connection was closed before the whole answer came"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n",
       "the connection was closed before the whole"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
       "encoded as 'br', which was not asked for"},
      {fmt::format("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}", zipped.size() - 3,
                   zipped.substr(0, zipped.size() - 3)),
       "the body is not gzip, or is cut short"},
  };
  for (const Case& c : cases) {
    const ScriptedServer server({c.answer});
    const std::string problem = problem_of(server.url());
    EXPECT_TRUE(problem.starts_with("no answer from " + server.address() + ": ")) << problem;
    EXPECT_NE(problem.find(c.why), std::string::npos) << problem;
  }
}

TEST(ClientWire, AKeptConnectionThatWasClosedMeanwhileIsReplaced) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  ScriptedServer server({answer + "aa", answer + "bb", answer + "cc"});
  Client client{ClientOptions()};
  for (const char* const body : {"aa", "bb", "cc"}) {
    const auto response = client.send(Method::kGet, server.url(), {}, "");
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, body);
  }
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(ClientWire, ARequestThatIsGivenUpEnds) {
  std::optional<Reply> held;
  const auto server = start_server([&held](Request&&, Reply reply) { held = std::move(reply); });
  ClientOptions options;
  options.is_given_up = [] { return true; };
  EXPECT_NE(problem_of(fmt::format("http://127.0.0.1:{}/", server->port()), options).find("given up"),
            std::string::npos);
}

TEST(ClientWire, PlainRequestsGoToAProxyWhole) {
  ScriptedServer proxy({"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"});
  const Variable variable("http_proxy", "http://user:secret@" + proxy.address());
  const auto response = Client(ClientOptions()).send(Method::kGet, "http://far.example/a?b", {}, "");
  ASSERT_TRUE(response) << response.error().message();
  const std::string request = proxy.requests().at(0);
  EXPECT_TRUE(request.starts_with("GET http://far.example/a?b HTTP/1.1\r\nHost: far.example\r\n")) << request;
  EXPECT_NE(request.find("Proxy-Authorization: Basic " + base::to_base64("user:secret") + "\r\n"), std::string::npos);
}

TEST(ClientWire, AProxyIsAskedForAWayToAnEncryptedServer) {
  ScriptedServer proxy({"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno\n"});
  const Variable variable("HTTPS_PROXY", proxy.address());
  ClientOptions options;
  options.user = "user";
  options.password = "secret";
  EXPECT_EQ(problem_of("https://far.example/", options),
            "no answer from far.example: the proxy refused the connection with status 407");
  EXPECT_EQ(proxy.requests().at(0), "CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n\r\n");
}

TEST(ClientWire, ACertificateIsTrustedThatItsOwnerNames) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  ServerOptions server_options;
  server_options.tls = testing::load(files);
  const auto server = start_server(echo, server_options);
  ClientOptions options;
  options.trust_file = files.certificate;
  Client client(options);
  for (const char* const host : {"127.0.0.1", "localhost", "127.0.0.1"}) {
    const auto response = client.send(Method::kPost, fmt::format("https://{}:{}/", host, server->port()), {}, "body");
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, "POST / ? body");
  }
}

TEST(ClientWire, AnotherCertificateIsRefusedWithWhatToDo) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  ServerOptions server_options;
  server_options.tls = testing::load(files);
  const auto server = start_server(echo, server_options);
  const std::string url = fmt::format("https://127.0.0.1:{}/", server->port());
  const base::Error error = error_of(url);
  EXPECT_EQ(error.code(), base::ErrorCode::kUntrusted);
  EXPECT_NE(
      error.message().find("the certificate is signed by nobody known here; give it, or its issuer's, with --ca-file"),
      std::string::npos);
  ClientOptions options;
  options.trust_file = files.certificate;
  EXPECT_EQ(problem_of(fmt::format("https://127.0.0.2:{}/", server->port()), options),
            fmt::format("no answer from 127.0.0.2:{}: nothing listens there (Connection refused)", server->port()));
  options.trust_file = certificates.put("none.pem", "no certificate");
  EXPECT_NE(problem_of(url, options).find("none.pem: holds no certificates in PEM, or cannot be read"),
            std::string::npos);
}

TEST(ClientWire, ANameThatTheCertificateDoesNotHaveIsRefused) {
  const Certificates certificates;
  const auto made = make_self_signed({"other.example"}, testing::kNow, testing::kCentury);
  ASSERT_TRUE(made);
  const TlsFiles files{certificates.put("o.pem", made->certificate), certificates.put("o.key", made->key)};
  ServerOptions server_options;
  server_options.tls = testing::load(files);
  const auto server = start_server(echo, server_options);
  ClientOptions options;
  options.trust_file = files.certificate;
  const base::Error error = error_of(fmt::format("https://localhost:{}/", server->port()), options);
  EXPECT_EQ(error.code(), base::ErrorCode::kUntrusted);
  EXPECT_NE(error.message().find("the certificate is not for 'localhost'"), std::string::npos) << error.message();
}

TEST(ClientWire, ACertificateThatHasExpiredIsRefused) {
  const Certificates certificates;
  const auto made = make_self_signed({"127.0.0.1"}, base::from_ms(0), std::chrono::days(1));
  ASSERT_TRUE(made);
  const TlsFiles files{certificates.put("e.pem", made->certificate), certificates.put("e.key", made->key)};
  ServerOptions server_options;
  server_options.tls = testing::load(files);
  const auto server = start_server(echo, server_options);
  ClientOptions options;
  options.trust_file = files.certificate;
  const base::Error error = error_of(fmt::format("https://127.0.0.1:{}/", server->port()), options);
  EXPECT_EQ(error.code(), base::ErrorCode::kUntrusted);
  EXPECT_NE(error.message().find("the certificate was not accepted (certificate has expired)"), std::string::npos)
      << error.message();
}

TEST(ClientWire, APortWithoutTlsIsNamed) {
  const auto plain = start_server(echo);
  const base::Error error = error_of(fmt::format("https://127.0.0.1:{}/", plain->port()));
  EXPECT_EQ(error.code(), base::ErrorCode::kUnavailable) << "no certificate was looked at";
  EXPECT_NE(error.message().find("does not speak TLS; try a URL that begins with http://"), std::string::npos);
}

}  // namespace
}  // namespace waybill::http
