#include "relay/retry.h"

#include <gtest/gtest.h>

namespace waybill::relay {
namespace {

using std::chrono::milliseconds;

TEST(PauseAfter, doubles_up_to_the_most_and_takes_between_half_and_all_of_it) {
  const RetryRules rules{milliseconds(1'000), milliseconds(10'000), std::chrono::hours(1)};
  const std::pair<std::uint32_t, int> cases[] = {
      {1, 1'000}, {2, 2'000}, {4, 8'000}, {5, 10'000}, {4'000'000'000, 10'000}};
  for (const auto& [attempts, whole] : cases) {
    EXPECT_EQ(pause_after(attempts, 0.0, rules), milliseconds(whole / 2)) << attempts;
    EXPECT_EQ(pause_after(attempts, 0.5, rules), milliseconds(whole * 3 / 4)) << attempts;
  }
}

TEST(Judge, takes_2xx_alone_for_a_delivery) {
  struct Case {
    int status;
    bool is_delivered;
    const char* problem;
  };
  const Case cases[] = {
      {200, true, ""},
      {204, true, ""},
      {299, true, ""},
      {302, false, "answered 302, a redirection, which is not followed"},
      {404, false, "answered 404"},
      {500, false, "answered 500"},
  };
  for (const Case& c : cases) {
    const Verdict verdict = judge(http::Response{c.status, {}, ""});
    EXPECT_EQ(verdict.is_delivered, c.is_delivered) << c.status;
    EXPECT_TRUE(verdict.is_reachable);
    EXPECT_EQ(verdict.problem, c.problem);
  }
  const Verdict silence = judge(base::unavailable("no answer from x: refused"));
  EXPECT_FALSE(silence.is_delivered);
  EXPECT_FALSE(silence.is_reachable);
  EXPECT_EQ(silence.problem, "no answer from x: refused");
}

TEST(Judge, waits_as_long_as_the_receiver_asks_for_up_to_an_hour) {
  const std::pair<const char*, int> cases[] = {
      {"7", 7'000}, {" 7 ", 7'000}, {"86400", 3'600'000}, {"-1", 0}, {"Wed", 0}};
  for (const auto& [header, pause] : cases) {
    EXPECT_EQ(judge(http::Response{429, {{"Retry-After", header}}, ""}).asked_pause, milliseconds(pause)) << header;
  }
}

}  // namespace
}  // namespace waybill::relay
