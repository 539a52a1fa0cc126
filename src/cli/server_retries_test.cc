#include "cli/server_retries.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "backfill/patient_client.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "http/testing/test_server.h"

namespace waybill::cli {
namespace {

using backfill::Trouble;
using std::chrono::milliseconds;
using std::chrono::seconds;

// How long a request that only meets this trouble is tried for.
milliseconds time_tried(Trouble trouble, bool reached, double chance) {
  backfill::Retries retries(server_retry_rules(), reached);
  milliseconds sum{0};
  while (const auto wait = retries.after(trouble, {}, chance)) sum += *wait;
  return sum;
}

TEST(ServerRetries, trouble_that_passes_is_waited_for) {
  struct Case {
    const char* name;
    Trouble trouble;
    bool reached;
    seconds least;
    seconds most;
  };
  const Case cases[] = {
      {"a wrong address, or a server that starts", Trouble::kNoAnswer, false, seconds(7), seconds(16)},
      {"a restart", Trouble::kNoAnswer, true, seconds(60), seconds(180)},
      {"a busy disk", Trouble::kFailed, true, seconds(60), seconds(180)},
      {"a busy disk, met first", Trouble::kFailed, false, seconds(60), seconds(180)},
  };
  for (const Case& c : cases) {
    EXPECT_GE(time_tried(c.trouble, c.reached, 0), c.least) << c.name;
    EXPECT_LE(time_tried(c.trouble, c.reached, 0.999), c.most) << c.name;
  }
}

// A server that is away, and comes back at its port once so much time has been waited for.
class Absence final : public backfill::Pause {
 public:
  Absence(base::testing::FakeClock& clock, seconds length) : clock_(clock), length_(length) {
    server_ = start(0);
    port_ = server_->port();
  }
  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}/", port_); }
  void begin() { server_.reset(); }

  bool wait(milliseconds time) override {
    clock_.advance(time);
    waited_ += time;
    if (waited_ >= length_ && server_ == nullptr) server_ = start(port_);
    return true;
  }
  [[nodiscard]] bool is_stopped() const override { return false; }

 private:
  static std::unique_ptr<http::Server> start(std::uint16_t port) {
    http::ServerOptions options;
    options.port = port;
    return http::testing::start_server(
        [](http::Request&& /*request*/, http::Reply reply) { reply.send({200, {}, "here"}); }, options);
  }

  base::testing::FakeClock& clock_;
  const seconds length_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  milliseconds waited_{0};
};

// Random bytes that make every wait as short as it can be.
class NoChance final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), std::uint8_t{0}); }
};

// What comes back from a server after such an absence.
base::Result<backfill::Answer> ask_across(seconds absence, bool reached) {
  base::testing::FakeClock clock{base::from_ms(0)};
  NoChance random;
  Absence server(clock, absence);
  backfill::CallOptions options;
  options.retry = server_retry_rules();
  options.requests_per_second = 0;
  backfill::PatientClient client(options, {clock, random, server});
  const auto ask = [&] {
    return client.send({http::Method::kGet, server.url(), {}, ""}, [](const http::Response&) { return std::nullopt; });
  };
  if (reached) {
    EXPECT_TRUE(ask().has_value());
  }
  server.begin();
  return ask();
}

TEST(ServerRetries, a_request_outlives_the_restart_of_its_server) {
  const auto at_first = ask_across(seconds(4), false);
  ASSERT_TRUE(at_first) << at_first.error().message();
  EXPECT_EQ(at_first->response.body, "here");
  const auto later = ask_across(seconds(30), true);
  ASSERT_TRUE(later) << later.error().message();
  EXPECT_EQ(later->response.body, "here");
}

TEST(ServerRetries, an_address_where_nobody_answers_is_given_up) { EXPECT_FALSE(ask_across(seconds(60), false)); }

}  // namespace
}  // namespace waybill::cli
