// Replies that come late or not at all, time limits, and the end of a server.

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/mutex.h"
#include "base/out_of_memory.h"
#include "base/thread.h"
#include "http/server.h"
#include "http/testing/raw_client.h"
#include "http/testing/test_server.h"

namespace waybill::http {
namespace {

using std::chrono::milliseconds;
using testing::echo;
using testing::RawAnswer;
using testing::RawClient;
using testing::start_server;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr milliseconds kLong{60'000};
constexpr milliseconds kShort{40};

// A handler that keeps the replies for the test to send.
class HeldReplies {
 public:
  Handler handler() {
    return [this](Request&&, Reply reply) {
      const base::MutexLock lock(mutex_);
      replies_.push_back(std::move(reply));
      arrived_.notify_all();
    };
  }

  // The next reply; waits for it.
  Reply take() {
    const base::MutexLock lock(mutex_);
    while (replies_.empty()) arrived_.wait(mutex_);
    Reply reply = std::move(replies_.back());
    replies_.pop_back();
    return reply;
  }

 private:
  base::Mutex mutex_;
  base::Condition arrived_;
  std::vector<Reply> replies_ GUARDED_BY(mutex_);
};

// Lets `time` pass.
void wait(milliseconds time) {
  base::Mutex mutex;
  base::Condition never;
  const base::MutexLock lock(mutex);
  never.wait_for(mutex, time);
}

TEST(ReplyTest, ItTellsOnceWhetherItWasSentOrDropped) {
  std::string said;
  const auto make = [&said](const std::string& name) {
    return Reply([&said, name](const Response& response) { said += name + std::to_string(response.status) + " "; },
                 [&said, name] { said += name + "dropped "; });
  };
  {
    Reply sent = make("a");
    sent.send({200, {}, {}});
    const Reply dropped = make("b");
    Reply moved = make("c");
    Reply target(std::move(moved));
    target.send({201, {}, {}});
    Reply overwritten = make("d");
    overwritten = make("e");
    overwritten.send({202, {}, {}});
  }
  EXPECT_EQ(said, "a200 c201 ddropped e202 bdropped ");
}

TEST(ReplyDeathTest, SendingTwiceIsABrokenInvariant) {
  Reply reply([](const Response&) {}, [] {});
  reply.send({});
  EXPECT_DEATH(reply.send({}), "send_");
}

TEST(ServerReplyTest, AReplyMayComeFromAnotherThread) {
  HeldReplies held;
  const auto server = start_server(held.handler());
  const base::Thread answerer("answerer", [&held] {
    for (int i = 0; i < 200; ++i) held.take().send({200, {}, std::to_string(i)});
  });
  RawClient client(server->port());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.ask(kGet).body, std::to_string(i));
}

TEST(ServerReplyTest, ARequestSentMeanwhileWaitsForItsTurn) {
  HeldReplies held;
  const auto server = start_server(held.handler());
  RawClient client(server->port());
  client.send(std::string(kGet) + std::string(kGet));
  for (const char* const text : {"first", "second"}) {
    held.take().send({200, {}, text});
    EXPECT_EQ(client.read_answer().body, text);
  }
}

TEST(ServerReplyTest, ADroppedReplyBecomesAnError) {
  const auto server = start_server([](Request&&, const Reply&) {});
  RawClient client(server->port());
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer = client.ask(kGet);
    EXPECT_EQ(answer.status, 500);
    EXPECT_NE(answer.body, "");
  }
}

TEST(ServerReplyTest, AReplyDroppedOnAnotherThreadBecomesAnError) {
  HeldReplies held;
  const auto server = start_server(held.handler());
  const base::Thread dropper("dropper", [&held] { const Reply dropped = held.take(); });
  EXPECT_EQ(RawClient(server->port()).ask(kGet).status, 500);
}

TEST(ServerReplyTest, AHandlerThatThrowsBecomesAnError) {
  const auto server = start_server([](Request&& request, const Reply&) {
    static_cast<void>(request.body.at(0));  // out of range
  });
  RawClient client(server->port());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.ask(kGet).status, 500);
}

TEST(ServerReplyTest, MemoryThatRunsOutIsToldAsThat) {
  const auto server = start_server([](Request&&, const Reply&) { base::fail_without_memory(); });
  RawClient client(server->port());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.ask(kGet).status, 503);
}

TEST(ServerReplyTest, AHandlerThatAnswersAndThenThrowsHasFailed) {
  const auto server = start_server([](Request&& request, Reply reply) {
    reply.send({200, {}, "too early"});
    static_cast<void>(request.body.at(0));
  });
  RawClient client(server->port());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.ask(kGet).status, 500);
}

TEST(ServerReplyTest, AStatusThatIsNoneBecomesAnError) {
  for (const int status : {0, -1, 100, 199, 1000}) {
    SCOPED_TRACE(status);
    const auto server = start_server([status](Request&&, Reply reply) { reply.send({status, {}, "x"}); });
    EXPECT_EQ(RawClient(server->port()).ask(kGet).status, 500);
  }
}

TEST(ServerReplyTest, AnErrorPageThatFailsLeavesABareError) {
  const auto throwing = [](const Failure&) -> Response { return {std::string().at(0), {}, {}}; };
  const auto senseless = [](const Failure&) -> Response { return {0, {}, {}}; };
  for (const ErrorPage& page : {ErrorPage(throwing), ErrorPage(senseless)}) {
    const auto server = start_server(echo, {}, page);
    const RawAnswer answer = RawClient(server->port()).ask("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.header("Connection"), "close");
  }
}

TEST(ServerReplyTest, AReplyMayOutliveItsConnection) {
  HeldReplies held;
  const auto server = start_server(held.handler());
  {
    RawClient client(server->port());
    client.send(kGet);
    Reply reply = held.take();
    client.close();
    reply.send({200, {}, std::string(1'000'000, 'x')});
  }
  // The server is none the worse for it.
  RawClient client(server->port());
  client.send(kGet);
  held.take().send({204, {}, {}});
  EXPECT_EQ(client.read_answer().status, 204);
}

TEST(ServerReplyTest, AReplyMayOutliveTheServer) {
  HeldReplies held;
  std::optional<Reply> sent_late;
  std::optional<Reply> dropped_late;
  {
    const auto server = start_server(held.handler());
    RawClient one(server->port());
    one.send(kGet);
    sent_late = held.take();
    RawClient other(server->port());
    other.send(kGet);
    dropped_late = held.take();
  }
  sent_late->send({200, {}, "nobody reads this"});
  dropped_late.reset();
}

TEST(ServerReplyTest, RepliesMayRaceWithTheEndOfTheServer) {
  for (int round = 0; round < 20; ++round) {
    HeldReplies held;
    auto server = start_server(held.handler());
    std::vector<std::unique_ptr<RawClient>> clients;
    clients.reserve(4);
    for (int i = 0; i < 4; ++i) clients.push_back(std::make_unique<RawClient>(server->port()));
    for (const auto& client : clients) client->send(kGet);
    std::vector<Reply> replies;
    replies.reserve(4);
    for (int i = 0; i < 4; ++i) replies.push_back(held.take());
    const base::Thread answerer("answerer", [&replies] {
      for (Reply& reply : replies) reply.send({200, {}, "x"});
    });
    server.reset();
  }
}

TEST(ServerLimitsTest, AnIdleConnectionIsClosedWithoutAWord) {
  ServerOptions options;
  options.limits.idle_time_max = kShort;
  const auto server = start_server(echo, options);
  RawClient fresh(server->port());
  EXPECT_EQ(fresh.read_to_end(), "");
  EXPECT_TRUE(fresh.is_closed_in_order());
  RawClient used(server->port());
  EXPECT_EQ(used.ask(kGet).status, 200);
  EXPECT_EQ(used.read_to_end(), "");
}

TEST(ServerLimitsTest, SlowHeadersAreTimedOut) {
  ServerOptions options;
  options.limits.header_time_max = kShort;
  const auto server = start_server(echo, options);
  RawClient client(server->port());
  EXPECT_EQ(client.ask(kGet).status, 200);
  const RawAnswer answer = client.ask("GET / HTTP/1.1\r\nHost:");
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerLimitsTest, AByteNowAndThenDoesNotExtendTheTimeForHeaders) {
  ServerOptions options;
  options.limits.header_time_max = kShort;
  options.limits.idle_time_max = kLong;
  const auto server = start_server(echo, options);
  RawClient client(server->port());
  client.send("GET /");
  for (int i = 0; i < 20; ++i) {
    wait(milliseconds(5));
    client.send("a");
  }
  EXPECT_EQ(client.ask(" HTTP/1.1\r\nHost: h\r\n\r\n").status, 408);
}

TEST(ServerLimitsTest, ASlowBodyIsTimedOut) {
  ServerOptions options;
  options.limits.body_time_max = kShort;
  const auto server = start_server(echo, options);
  for (const char* const header : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    SCOPED_TRACE(header);
    RawClient client(server->port());
    const RawAnswer answer = client.ask(fmt::format("POST / HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n5", header));
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(client.read_to_end(), "");
  }
}

TEST(ServerLimitsTest, AClientThatDoesNotReadIsLeft) {
  const std::string body(64UL * 1024 * 1024, 'x');
  ServerOptions options;
  options.limits.write_time_max = kShort;
  const auto server = start_server([&body](Request&&, Reply reply) { reply.send({200, {}, body}); }, options);
  RawClient client(server->port());
  client.send(kGet);
  // Ends as soon as the connection has been given up.
  server->stop(kLong);
  EXPECT_LT(client.read_to_end().size(), body.size());
}

TEST(ServerLimitsTest, AHandlerMayTakeItsTime) {
  HeldReplies held;
  ServerOptions options;
  options.limits.idle_time_max = options.limits.header_time_max = options.limits.body_time_max =
      options.limits.write_time_max = milliseconds(8);
  const auto server = start_server(held.handler(), options);
  RawClient client(server->port());
  client.send(kGet);
  Reply reply = held.take();
  wait(milliseconds(50));
  reply.send({200, {}, {}});
  EXPECT_EQ(client.read_answer().status, 200);
}

TEST(ServerLimitsTest, AHandlerThatTakesTooLongIsNotWaitedFor) {
  HeldReplies held;
  ServerOptions options;
  options.limits.request_time_max = kShort;
  const auto server = start_server(held.handler(), options);
  RawClient client(server->port());
  client.send(kGet);
  Reply late = held.take();
  EXPECT_EQ(client.read_answer().status, 503);
  late.send({200, {}, "nobody reads this"});
  client.send(kGet);
  held.take().send({200, {}, "in time"});
  EXPECT_EQ(client.read_answer().body, "in time");
  EXPECT_EQ(server->counters().of(ServerEvent::kRequestTimedOut), 1U);
}

TEST(ServerLimitsTest, OneConnectionTooManyIsToldSoAndClosed) {
  ServerOptions options;
  options.limits.connections_max = 2;
  options.threads = 2;
  const auto server = start_server(echo, options);
  std::optional<RawClient> first(std::in_place, server->port());
  RawClient second(server->port());
  EXPECT_EQ(first->ask(kGet).status, 200);
  EXPECT_EQ(second.ask(kGet).status, 200);
  RawClient refused(server->port());
  const RawAnswer answer = refused.read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(refused.read_to_end(), "");
  EXPECT_EQ(second.ask(kGet).status, 200);
  EXPECT_EQ(server->counters().of(ServerEvent::kRefusedInAll), 1U);
  EXPECT_EQ(server->connection_count(), 2U);
  // The end of a connection makes room, as soon as the server has seen it.
  first.reset();
  int status = 0;
  for (int i = 0; i < 10'000 && status != 200; ++i) status = RawClient(server->port()).ask(kGet).status;
  EXPECT_EQ(status, 200);
}

TEST(ServerLimitsTest, AnAddressHasItsOwnLimitUnlessItIsShared) {
  ServerOptions options;
  options.limits.connections_per_address_max = 1;
  options.is_shared = [](const std::string& address) { return address == "127.0.0.1"; };
  const auto shared = start_server(echo, options);
  options.is_shared = nullptr;
  const auto server = start_server(echo, options);
  for (const Server* const each : {shared.get(), server.get()}) {
    RawClient first(each->port());
    EXPECT_EQ(first.ask(kGet).status, 200);
    RawClient second(each->port());
    EXPECT_EQ(second.ask(kGet).status, each == shared.get() ? 200 : 503);
  }
  EXPECT_EQ(server->counters().of(ServerEvent::kRefusedForAddress), 1U);
}

TEST(ServerLimitsTest, TheBodiesOfAllConnectionsTogetherAreBounded) {
  ServerOptions options;
  options.limits.bodies_bytes_max = 1024UL * 1024;
  const auto server = start_server(echo, options);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 800000\r\n\r\n";
  RawClient one(server->port());
  RawClient other(server->port());
  for (RawClient* const client : {&one, &other}) client->send(head + std::string(700'000, 'x'));
  while (server->counters().of(ServerEvent::kBodyRefused) == 0) std::this_thread::yield();
  for (RawClient* const client : {&one, &other}) client->send(std::string(100'000, 'x'));
  // Which of them is refused is the system's choice; the other one is none the worse for it.
  const int status = one.read_answer().status;
  EXPECT_TRUE(status == 200 || status == 503) << status;
  EXPECT_EQ(other.read_answer().status, status == 200 ? 503 : 200);
  EXPECT_EQ(server->counters().of(ServerEvent::kBodyRefused), 1U);
}

TEST(ServerLimitsTest, TheAnswersThatWaitForTheirClientsAreBounded) {
  constexpr std::size_t kPage = 8UL * 1024 * 1024;  // more than any socket takes at once
  ServerOptions options;
  options.limits.answers_bytes_max = 4 * kPage + 1024;
  const auto server = start_server(
      [](Request&& request, Reply reply) {
        Response response{200, {}, request.path == "/small" ? "small" : std::string(kPage, 'x')};
        response.owner = request.path == "/other" ? 2 : 1;
        reply.send(std::move(response));
      },
      options);
  std::deque<RawClient> silent;
  for (int i = 0; i < 5; ++i) silent.emplace_back(server->port()).send(kGet);
  while (server->counters().of(ServerEvent::kAnswerRefused) < 3) std::this_thread::yield();
  EXPECT_GE(server->answers_bytes(), 2 * kPage);
  EXPECT_LT(server->answers_bytes(), 3 * kPage);
  // What is small and what is another's is answered.
  EXPECT_EQ(RawClient(server->port()).ask("GET /small HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  EXPECT_EQ(RawClient(server->port()).ask("GET /other HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  // A connection that was refused an answer is none the worse for it.
  silent.pop_front();
  silent.pop_front();
  while (server->answers_bytes() >= 2 * kPage) std::this_thread::yield();
  EXPECT_EQ(RawClient(server->port()).ask(kGet).status, 200);
  silent.clear();
  while (server->answers_bytes() > 0) std::this_thread::yield();
}

TEST(ServerLimitsTest, OthersCanBePutInForceWhileItRuns) {
  const auto server = start_server(echo);
  RawClient client(server->port());
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde").status, 200);
  ServerLimits limits;
  limits.body_bytes_max = 4;
  limits.connections_max = 1;
  server->set_limits(limits);
  EXPECT_EQ(RawClient(server->port()).read_answer().status, 503);
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde").status, 413);
  EXPECT_EQ(server->counters().of(ServerEvent::kBodyTooLarge), 1U);
}

TEST(ServerLimitsTest, WhatWasGivenUpIsCounted) {
  ServerOptions options;
  options.limits.idle_time_max = options.limits.header_time_max = options.limits.body_time_max = kShort;
  const auto server = start_server(echo, options);
  RawClient idle(server->port());
  RawClient slow_head(server->port());
  slow_head.send("GET / HT");
  RawClient slow_body(server->port());
  slow_body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(slow_head.read_answer().status, 408);
  EXPECT_EQ(slow_body.read_answer().status, 408);
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(RawClient(server->port()).ask("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n").status, 414);
  for (const ServerEvent event : {ServerEvent::kIdleClosed, ServerEvent::kHeadersTimedOut, ServerEvent::kBodyTimedOut,
                                  ServerEvent::kHeadersTooLarge}) {
    EXPECT_EQ(server->counters().of(event), 1U) << to_text(event);
  }
  EXPECT_EQ(server->counters().of(ServerEvent::kAccepted), 4U);
}

TEST(ServerStopTest, IdleConnectionsAreClosedAtOnce) {
  ServerOptions options;
  options.threads = 2;
  const auto server = start_server(echo, options);
  RawClient used(server->port());
  RawClient fresh(server->port());
  EXPECT_EQ(used.ask(kGet).status, 200);
  server->stop(kLong);
  EXPECT_EQ(used.read_to_end(), "");
  EXPECT_TRUE(used.is_closed_in_order());
  EXPECT_EQ(fresh.read_to_end(), "");
  EXPECT_FALSE(RawClient::can_connect(server->port()));
  server->stop(kLong);
}

TEST(ServerStopTest, WhatRunsIsAnsweredAndThenClosed) {
  HeldReplies held;
  const auto server = start_server(held.handler());
  RawClient running(server->port());
  running.send(kGet);
  Reply reply = held.take();
  RawClient beginning(server->port());
  beginning.send(kGet.substr(0, 10));
  RawClient idle(server->port());
  // An answer proves that its connection, and those begun before, are being served.
  idle.send(kGet);
  held.take().send({200, {}, {}});
  EXPECT_EQ(idle.read_answer().status, 200);
  const base::Thread stopper("stopper", [&server] { server->stop(kLong); });
  // Its end proves that the stop has begun.
  EXPECT_EQ(idle.read_to_end(), "");

  reply.send({200, {}, "done"});
  const RawAnswer answer = running.read_answer();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(running.read_to_end(), "");
  running.close();

  beginning.send(kGet.substr(10));
  held.take().send({200, {}, "done too"});
  EXPECT_EQ(beginning.read_answer().body, "done too");
  beginning.close();
}

TEST(ServerStopTest, WhatComesOnANewConnectionIsRefusedInWords) {
  HeldReplies held;
  const auto server = start_server(held.handler());
  RawClient idle(server->port());
  RawClient running(server->port());
  running.send(kGet);
  Reply reply = held.take();
  const base::Thread stopper("stopper", [&server] { EXPECT_TRUE(server->stop(kLong)); });
  EXPECT_EQ(idle.read_to_end(), "");

  RawClient late(server->port());
  const RawAnswer answer = late.ask(kGet);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "The server is stopping.");
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(server->counters().of(ServerEvent::kRefusedWhileStopping), 1U);
  // One that says nothing does not keep the server.
  RawClient silent(server->port());

  reply.send({200, {}, "done"});
  EXPECT_EQ(running.read_answer().body, "done");
  running.close();
  EXPECT_EQ(silent.read_to_end(), "");
}

TEST(ServerStopTest, WhatDoesNotEndInTimeIsCutOff) {
  HeldReplies held;
  const auto server = start_server(held.handler());
  RawClient waiting(server->port());
  waiting.send(kGet);
  Reply reply = held.take();
  RawClient sending(server->port());
  sending.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc");
  EXPECT_FALSE(server->stop(milliseconds(10)));
  reply.send({200, {}, "too late"});
  EXPECT_EQ(waiting.read_to_end(), "");
  EXPECT_EQ(sending.read_to_end(), "");
}

TEST(ServerStopTest, TheHandlerIsNotCalledAfterwards) {
  for (int round = 0; round < 10; ++round) {
    std::atomic<bool> is_stopped = false;
    std::atomic<int> late_calls = 0;
    const auto server = start_server([&](Request&& request, Reply reply) {
      if (is_stopped) ++late_calls;
      echo(std::move(request), std::move(reply));
    });
    std::vector<base::Thread> clients;
    for (int i = 0; i < 3; ++i) {
      auto client = std::make_shared<RawClient>(server->port());
      EXPECT_EQ(client->ask(kGet).status, 200);
      clients.emplace_back("client", [client] {
        while (client->ask(kGet).status == 200) continue;
      });
    }
    server->stop(milliseconds(round % 3));
    is_stopped = true;
    clients.clear();
    EXPECT_EQ(late_calls, 0);
  }
}

}  // namespace
}  // namespace waybill::http
