// Certificates, and a server that shows them.

#include "http/tls.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/thread.h"
#include "http/server.h"
#include "http/testing/certificates.h"
#include "http/testing/raw_client.h"
#include "http/testing/test_server.h"

namespace waybill::http {
namespace {

using std::chrono::milliseconds;
using testing::Certificates;
using testing::echo;
using testing::kCentury;
using testing::kNow;
using testing::load;
using testing::RawClient;
using testing::start_server;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr milliseconds kLong{60'000};

ServerOptions with(std::shared_ptr<const TlsContext> tls) {
  ServerOptions options;
  options.tls = std::move(tls);
  return options;
}

// What a client offers, and whom it trusts.
struct Offer {
  std::filesystem::path trusts;
  std::string host = "localhost";
  int version_min = TLS1_2_VERSION;
  int version_max = TLS1_3_VERSION;
  std::string ciphers = {};     // of TLS 1.2; empty: all
  std::string asks_first = {};  // in plain, and waits for the end of an answer's head; empty: nothing
};

// A blocking client.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, const Offer& offer) : socket_(context_) {
    boost::system::error_code error;
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    EXPECT_FALSE(error) << error.message();
    if (!offer.asks_first.empty()) ask_in_plain(offer.asks_first);
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, offer.version_min);
    SSL_CTX_set_max_proto_version(context, offer.version_max);
    const std::string ciphers = offer.ciphers.empty() ? "ALL" : offer.ciphers;
    EXPECT_EQ(SSL_CTX_set_cipher_list(context, ciphers.c_str()), 1);
    EXPECT_EQ(SSL_CTX_load_verify_locations(context, offer.trusts.c_str(), nullptr), 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    ssl_ = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set1_host(ssl_, offer.host.c_str());
    SSL_set_fd(ssl_, socket_.native_handle());
    is_connected_ = SSL_connect(ssl_) == 1;
    ERR_clear_error();
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient() { SSL_free(ssl_); }

  [[nodiscard]] bool is_connected() const { return is_connected_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_); }

  void send(std::string_view bytes) { EXPECT_GT(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())), 0); }

  // What comes until the answer ends with `end`, or the server.
  std::string read_until(std::string_view end) {
    std::string out;
    char bytes[16 * 1024];
    while (!out.ends_with(end)) {
      const int count = SSL_read(ssl_, bytes, sizeof(bytes));
      if (count <= 0) {
        is_ended_in_order_ = SSL_get_error(ssl_, count) == SSL_ERROR_ZERO_RETURN;
        ERR_clear_error();
        break;
      }
      out.append(bytes, static_cast<std::size_t>(count));
    }
    return out;
  }

  [[nodiscard]] bool is_ended_in_order() const { return is_ended_in_order_; }

 private:
  void ask_in_plain(std::string_view request) {
    boost::asio::write(socket_, boost::asio::buffer(request));
    std::string head;
    char byte = 0;
    boost::system::error_code error;
    while (!head.ends_with("\r\n\r\n") && !error) {
      boost::asio::read(socket_, boost::asio::buffer(&byte, 1), error);
      head += byte;
    }
    EXPECT_EQ(head, "HTTP/1.1 200 Connection established\r\n\r\n");
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  SSL* ssl_ = nullptr;
  bool is_connected_ = false;
  bool is_ended_in_order_ = false;
};

TEST(TlsTest, BothVersionsAreSpokenAndTheCertificateIsForItsNames) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  const auto server = start_server(echo, with(load(files)));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server->port(), {files.certificate, "localhost", version, version, {}});
    ASSERT_TRUE(client.is_connected());
    EXPECT_EQ(client.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    for (int i = 0; i < 3; ++i) {
      client.send(kGet);
      EXPECT_TRUE(client.read_until("GET / ? ").starts_with("HTTP/1.1 200 OK"));
    }
  }
  EXPECT_FALSE(TlsClient(server->port(), {files.certificate, "other.example"}).is_connected());
  EXPECT_FALSE(TlsClient(server->port(), {certificates.make("b").certificate}).is_connected());
}

TEST(TlsTest, OldVersionsAndOldCiphersAreRefused) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  const auto server = start_server(echo, with(load(files)));
  EXPECT_FALSE(
      TlsClient(server->port(), {files.certificate, "localhost", TLS1_VERSION, TLS1_1_VERSION, {}}).is_connected());
  for (const char* const ciphers : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256"}) {
    SCOPED_TRACE(ciphers);
    const Offer offer{files.certificate, "localhost", TLS1_2_VERSION, TLS1_2_VERSION, ciphers};
    EXPECT_FALSE(TlsClient(server->port(), offer).is_connected());
  }
  const Offer good{files.certificate, "localhost", TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"};
  EXPECT_TRUE(TlsClient(server->port(), good).is_connected());
  EXPECT_EQ(server->counters().of(ServerEvent::kHandshakeFailed), 4U);
}

TEST(TlsTest, LongBodiesGoBothWays) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  const auto server = start_server(echo, with(load(files)));
  TlsClient client(server->port(), {files.certificate});
  ASSERT_TRUE(client.is_connected());
  std::string body(5'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 97) body[i] = static_cast<char>('a' + i % 23);
  body += "the end";
  for (int round = 0; round < 3; ++round) {
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(client.read_until("the end").ends_with(body));
  }
}

TEST(TlsTest, WhoSpeaksPlainHttpIsToldSo) {
  const Certificates certificates;
  const auto server = start_server(echo, with(load(certificates.make("a"))));
  RawClient client(server->port());
  const auto answer = client.ask(kGet);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "This port speaks HTTPS; begin with https.\n");
}

TEST(TlsTest, AHandshakeThatDoesNotComeIsNotWaitedFor) {
  const Certificates certificates;
  ServerOptions options = with(load(certificates.make("a")));
  options.limits.header_time_max = milliseconds(40);
  const auto server = start_server(echo, options);
  RawClient client(server->port());
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(server->counters().of(ServerEvent::kHandshakeFailed), 1U);
}

TEST(TlsTest, ANewCertificateIsForNewConnectionsAndOldOnesGoOn) {
  const Certificates certificates;
  const TlsFiles first = certificates.make("a");
  const TlsFiles second = certificates.make("b");
  const auto server = start_server(echo, with(load(first)));
  TlsClient old(server->port(), {first.certificate});
  ASSERT_TRUE(old.is_connected());
  server->set_tls(load(second));
  old.send(kGet);
  EXPECT_TRUE(old.read_until("GET / ? ").starts_with("HTTP/1.1 200 OK"));
  EXPECT_FALSE(TlsClient(server->port(), {first.certificate}).is_connected());
  EXPECT_TRUE(TlsClient(server->port(), {second.certificate}).is_connected());
}

TEST(TlsTest, AStopEndsTheConversationInOrder) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  const auto server = start_server(echo, with(load(files)));
  TlsClient client(server->port(), {files.certificate});
  client.send(kGet);
  client.read_until("GET / ? ");
  EXPECT_TRUE(server->stop(kLong));
  EXPECT_EQ(client.read_until("never"), "");
  EXPECT_TRUE(client.is_ended_in_order());
}

TEST(TlsTest, AClientThatDoesNotReadIsLeft) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  ServerOptions options = with(load(files));
  options.limits.write_time_max = milliseconds(40);
  const std::string body(64UL * 1024 * 1024, 'x');
  std::promise<void> asked;
  const auto server = start_server(
      [&](Request&&, Reply reply) {
        asked.set_value();
        reply.send({200, {}, body});
      },
      options);
  TlsClient client(server->port(), {files.certificate});
  client.send(kGet);
  asked.get_future().wait();
  server->stop(kLong);
  EXPECT_EQ(server->counters().of(ServerEvent::kWriteTimedOut), 1U);
}

TEST(TlsTest, ARequestKnowsThatItWasEncrypted) {
  const Certificates certificates;
  const TlsFiles files = certificates.make("a");
  const Handler handler = [](Request&& request, Reply reply) {
    reply.send({200, {}, request.is_encrypted ? "encrypted." : "plain."});
  };
  const auto plain = start_server(handler);
  EXPECT_EQ(RawClient(plain->port()).ask(kGet).body, "plain.");
  const auto server = start_server(handler, with(load(files)));
  TlsClient client(server->port(), {files.certificate});
  client.send(kGet);
  EXPECT_TRUE(client.read_until(".").ends_with("encrypted."));
}

TEST(TlsContextTest, WhatIsWrongWithAFileIsSaid) {
  const Certificates certificates;
  const TlsFiles good = certificates.make("good");
  const TlsFiles other = certificates.make("other");
  const std::filesystem::path text = certificates.put("text.pem", "no certificate\n");
  const std::filesystem::path locked = certificates.put(
      "locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n");
  struct Case {
    TlsFiles files;
    std::filesystem::path named;
    std::string_view rule;
  };
  const Case cases[] = {
      {{"/no/such/file", good.key}, "/no/such/file", "cannot be read as a certificate"},
      {{text, good.key}, text, "cannot be read as a certificate"},
      {{good.certificate, "/no/such/key"}, "/no/such/key", "private key in PEM"},
      {{good.certificate, text}, text, "private key in PEM"},
      {{good.certificate, locked}, locked, "without a password"},
      {{good.certificate, other.key}, other.key, "private key"},
  };
  for (const Case& c : cases) {
    const auto refused = TlsContext::load(c.files);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_TRUE(refused.error().message().starts_with(c.named.string() + ": ")) << refused.error().message();
    EXPECT_NE(refused.error().message().find(c.rule), std::string::npos) << refused.error().message();
  }
}

TEST(TlsContextTest, ASelfSignedCertificateSaysHowLongItIsGood) {
  const Certificates certificates;
  const auto context = load(certificates.make("a"));
  EXPECT_EQ(context->not_after(), kNow - std::chrono::days(1) + kCentury);
  EXPECT_EQ(context->fingerprint().size(), 32U * 3 - 1);
  EXPECT_NE(context->fingerprint(), load(certificates.make("b"))->fingerprint());
}

TEST(TlsContextTest, ANameThatCouldBeginAnotherIsRefused) {
  for (const char* const name : {"", "a b", "a,DNS:b", "ä.example", "a\nb", "[::1]"}) {
    const auto refused = make_self_signed({"localhost", name}, kNow, kCentury);
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().message().find("neither a host name nor an address"), std::string::npos);
  }
}

constexpr const char* kHost = "hosted.example";
const std::string kConnect = "CONNECT hosted.example:443 HTTP/1.1\r\nHost: hosted.example:443\r\n\r\n";

// A server that plays kHost behind CONNECT, with a certificate by an authority of its own.
struct Tunnel {
  explicit Tunnel(const Handler& handler = echo, const char* certified = kHost) {
    const auto authority = make_authority(kHost, kNow, kCentury);
    const auto made = make_signed(*authority, certified, kNow, kCentury);
    trusts = certificates.put("authority.pem", authority->certificate);
    options = with(load({certificates.put("host.pem", made->certificate), certificates.put("host.key", made->key)}));
    options.tunnel_to = std::string(kHost) + ":443";
    options.on_answer = [this](const Answered& answered) {
      answers += fmt::format("{} {} {}\n", answered.method, answered.path, answered.status);
    };
    server = start_server(handler, options);
  }
  [[nodiscard]] Offer offer() const { return {.trusts = trusts, .host = kHost, .asks_first = kConnect}; }

  Certificates certificates;
  std::filesystem::path trusts;
  ServerOptions options;
  std::string answers;
  std::unique_ptr<Server> server;
};

TEST(Tunnel, leads_to_the_handler_as_the_host_that_was_asked_for) {
  std::string seen;
  const Tunnel tunnel([&](Request&& request, Reply reply) {
    seen += request.tunnel_host + (request.is_encrypted ? " encrypted " : " plain ") + request.path + "\n";
    reply.send({200, {}, "fine."});
  });
  TlsClient client(tunnel.server->port(), tunnel.offer());
  ASSERT_TRUE(client.is_connected());
  for (const char* path : {"/a", "/b"}) {
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: hosted.example\r\n\r\n", path));
    EXPECT_TRUE(client.read_until("fine.").starts_with("HTTP/1.1 200 "));
  }
  EXPECT_EQ(seen, "hosted.example encrypted /a\nhosted.example encrypted /b\n");
}

TEST(Tunnel, refuses_every_other_way_and_says_why) {
  const Tunnel tunnel;
  const std::pair<std::string, int> cases[] = {
      {"CONNECT api.example:443 HTTP/1.1\r\n\r\n", 403},
      {"GET http://hosted.example/ HTTP/1.1\r\n\r\n", 403},
      {std::string(kGet), 403},
      {"nonsense\r\n\r\n", 400},
      {kConnect + "more", 400},
      {"CONNECT " + std::string(40'000, 'x'), 400},
  };
  for (const auto& [request, status] : cases) {
    RawClient client(tunnel.server->port());
    const auto answer = client.ask(request);
    EXPECT_EQ(answer.status, status) << request.substr(0, 60);
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_FALSE(answer.body.empty());
    EXPECT_EQ(client.read_to_end(), "");
  }
  tunnel.server->stop(kLong);
  EXPECT_TRUE(tunnel.answers.starts_with("CONNECT 'api.example:443' 403\n")) << tunnel.answers;
}

TEST(Tunnel, is_held_to_the_limits_of_connections_and_times) {
  Tunnel tunnel;
  tunnel.server.reset();
  tunnel.options.limits.connections_max = 1;
  tunnel.options.limits.header_time_max = milliseconds(100);
  const auto server = start_server(echo, tunnel.options);
  RawClient slow(server->port());
  slow.send("CONNECT hosted.exam");
  RawClient other(server->port());
  EXPECT_EQ(other.read_answer().status, 503);
  EXPECT_EQ(slow.read_to_end(), "") << "it took too long";
}

TEST(Tunnel, has_an_authority_that_no_other_host_is_believed_by) {
  const Tunnel tunnel(echo, "other.example");
  Offer offer = tunnel.offer();
  offer.host = "other.example";
  EXPECT_FALSE(TlsClient(tunnel.server->port(), offer).is_connected());
  EXPECT_FALSE(make_authority("127.0.0.1", kNow, kCentury));
  EXPECT_FALSE(make_signed({"no", "pem"}, kHost, kNow, kCentury));
}

}  // namespace
}  // namespace waybill::http
