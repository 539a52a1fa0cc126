#include "backfill/patient_client.h"

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backfill/testing/fake_pause.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "http/testing/test_server.h"

namespace waybill::backfill {
namespace {

using http::Response;
using std::chrono::milliseconds;

// A server that gives the answers it was told to, one after the other, and the last one for ever.
class Answers {
 public:
  explicit Answers(std::deque<Response> answers) : answers_(std::move(answers)) {
    http::ServerOptions options;
    options.clock = &clock_;
    server_ = http::testing::start_server(
        [this](http::Request&& /*request*/, http::Reply reply) {
          const base::MutexLock lock(mutex_);
          reply.send(Response(answers_.front()));
          if (answers_.size() > 1) answers_.pop_front();
        },
        options);
  }
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}/", server_->port()); }

 private:
  const base::testing::FakeClock clock_{base::from_ms(1'795'428'005'000)};

  base::Mutex mutex_;

  std::deque<Response> answers_ GUARDED_BY(mutex_);
  std::unique_ptr<http::Server> server_;
};

// Random bytes that are all alike.
class NoChance final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), std::uint8_t{0}); }
};

struct ClientWorld {
  base::testing::FakeClock clock{base::from_ms(1'700'000'000'000)};
  NoChance random;
  testing::FakePause pause{clock};
  CallOptions options;
  std::unique_ptr<PatientClient> client;

  base::Result<Answer> get(const std::string& url) {
    if (!client) client = std::make_unique<PatientClient>(options, CallParts{clock, random, pause});
    return client->send({http::Method::kGet, url, {}, ""}, [](const Response& response) -> std::optional<base::Error> {
      if (response.body == "half") return base::unavailable("it is half an answer");
      return std::nullopt;
    });
  }
};

TEST(PatientClient, TriesAgainUntilThereIsAnAnswer) {
  const Answers answers(
      {{503, {}, ""}, {429, {{"Retry-After", "7"}}, ""}, {200, {}, "half"}, {500, {}, ""}, {200, {}, "all"}});
  ClientWorld world;
  world.options.requests_per_second = 0;
  const auto answer = world.get(answers.url());
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->response.body, "all");
  EXPECT_EQ(world.pause.waits(),
            (std::vector<milliseconds>{milliseconds(250), milliseconds(7000), milliseconds(500), milliseconds(1000)}));
  EXPECT_EQ(world.client->requests(), 5U);
}

TEST(PatientClient, AnErrorOfOursIsAnAnswer) {
  const Answers answers({{404, {}, R"({"message":"gone"})"}});
  ClientWorld world;
  const auto answer = world.get(answers.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(message_of(answer->response), "404: 'gone'");
  EXPECT_TRUE(world.pause.waits().empty());
}

TEST(PatientClient, GivesUpWithTheLastTrouble) {
  const Answers answers({{502, {}, R"({"message":"no\nway"})"}});
  ClientWorld world;
  const auto answer = world.get(answers.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "it answered 502: 'no\\x0away'");
  EXPECT_EQ(world.client->requests(), world.options.retry.failures_max);
}

TEST(PatientClient, KeepsToItsRate) {
  const Answers answers({{200, {}, ""}});
  ClientWorld world;
  world.options.requests_per_second = 4;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.get(answers.url()));
  EXPECT_EQ(world.pause.waits(), (std::vector<milliseconds>{milliseconds(250), milliseconds(250)}));
}

TEST(PatientClient, TheEarlierClockSaysWhenItWasAsked) {
  // The server's clock is three years ahead of the client's.
  const Answers answers({{200, {}, ""}});
  ClientWorld world;
  const auto ahead = world.get(answers.url());
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->asked, world.clock.now());
  // And now it is behind.
  world.clock.advance(std::chrono::hours(24 * 365 * 10));
  const auto behind = world.get(answers.url());
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->asked, base::from_ms(1'795'428'005'000));
}

TEST(PatientClient, AStopEndsAWaitAndARequest) {
  // A server that never answers.
  std::vector<http::Reply> kept;
  base::Mutex mutex;
  const auto server = http::testing::start_server([&](http::Request&& /*request*/, http::Reply reply) {
    const base::MutexLock lock(mutex);
    kept.push_back(std::move(reply));
  });
  base::testing::FakeClock clock{base::from_ms(0)};
  NoChance random;
  StoppablePause pause;
  PatientClient client({}, {clock, random, pause});
  base::Result<Answer> answer = base::unavailable("none yet");
  base::Thread asking("asking", [&] {
    answer = client.send({http::Method::kGet, fmt::format("http://127.0.0.1:{}/", server->port()), {}, ""},
                         [](const Response&) { return std::nullopt; });
  });
  pause.stop();
  asking.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "stopped");
  const base::MutexLock lock(mutex);
  for (http::Reply& reply : kept) reply.send({200, {}, ""});
}

TEST(StoppablePause, DoesNotWaitOnceItIsStopped) {
  StoppablePause pause;
  EXPECT_TRUE(pause.wait(milliseconds(1)));
  pause.stop();
  EXPECT_FALSE(pause.wait(std::chrono::hours(1)));
  EXPECT_TRUE(pause.is_stopped());
}

}  // namespace
}  // namespace waybill::backfill
