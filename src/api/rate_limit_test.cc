#include "api/rate_limit.h"

#include <chrono>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace waybill::api {
namespace {

using std::chrono::milliseconds;

constexpr model::AccountNumber kOne{1};
constexpr model::AccountNumber kTwo{2};

base::SteadyTime at(std::int64_t ms) { return base::SteadyTime(milliseconds(ms)); }

// "admitted, limit, remaining"
std::string said(const Admission& admission) {
  return fmt::format("{} {} {}", admission.admitted ? "yes" : "no", admission.limit, admission.remaining);
}

TEST(RateLimit, a_bucket_holds_one_second_and_fills_evenly) {
  RateLimit limit(4);
  const struct {
    std::int64_t ms;
    const char* want;
  } steps[] = {
      {1000, "yes 4 3"},   {1000, "yes 4 2"}, {1000, "yes 4 1"}, {1000, "yes 4 0"},
      {1000, "no 4 0"},    {1001, "no 4 0"},  {1249, "no 4 0"},                      // 0.996 of a token
      {1250, "yes 4 0"},                                                             // one, and it is gone again
      {1250, "no 4 0"},    {1499, "no 4 0"},  {1500, "yes 4 0"}, {2000, "yes 4 1"},  // two had come
      {60'000, "yes 4 3"},  // no more than a second's worth gathers
  };
  for (const auto& step : steps) EXPECT_EQ(said(limit.admit(kOne, at(step.ms))), step.want) << step.ms;
}

TEST(RateLimit, refusals_cost_nothing) {
  RateLimit limit(1);
  EXPECT_TRUE(limit.admit(kOne, at(0)).admitted);
  for (int ms = 1; ms < 1000; ++ms) ASSERT_FALSE(limit.admit(kOne, at(ms)).admitted) << ms;
  EXPECT_TRUE(limit.admit(kOne, at(1001)).admitted);
}

TEST(RateLimit, accounts_do_not_take_from_each_other) {
  RateLimit limit(1);
  EXPECT_TRUE(limit.admit(kOne, at(0)).admitted);
  EXPECT_FALSE(limit.admit(kOne, at(0)).admitted);
  EXPECT_TRUE(limit.admit(kTwo, at(0)).admitted);
  EXPECT_FALSE(limit.admit(kTwo, at(0)).admitted);
}

TEST(RateLimit, looking_takes_nothing_and_is_never_refused) {
  RateLimit limit(2);
  EXPECT_EQ(said(limit.look(kOne, at(0))), "yes 2 2");
  EXPECT_EQ(said(limit.look(kOne, at(0))), "yes 2 2");
  EXPECT_EQ(said(limit.admit(kOne, at(0))), "yes 2 1");
  EXPECT_EQ(said(limit.admit(kOne, at(0))), "yes 2 0");
  EXPECT_EQ(said(limit.look(kOne, at(0))), "yes 2 0");
  EXPECT_EQ(said(limit.look(kOne, at(500))), "yes 2 1");
}

TEST(RateLimit, time_that_goes_back_gives_and_takes_nothing) {
  RateLimit limit(2);
  EXPECT_EQ(said(limit.admit(kOne, at(10'000))), "yes 2 1");
  EXPECT_EQ(said(limit.admit(kOne, at(5'000))), "yes 2 0");
  EXPECT_EQ(said(limit.admit(kOne, at(4'000))), "no 2 0");
}

TEST(RateLimit, over_a_long_time_it_admits_what_it_promises) {
  RateLimit limit(10);
  int admitted = 0;
  for (int ms = 0; ms < 60'000; ++ms) admitted += limit.admit(kOne, at(ms)).admitted ? 1 : 0;
  // 10 from the start and 10 a second; the last falls behind the end.
  EXPECT_GE(admitted, 608);
  EXPECT_LE(admitted, 610);
}

TEST(RateLimit, zero_turns_it_off) {
  RateLimit limit(0);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(said(limit.admit(kOne, at(0))), "yes 0 0");
  EXPECT_EQ(said(limit.look(kOne, at(0))), "yes 0 0");
}

TEST(RateLimitHeaders, say_limit_remaining_and_what_is_counted) {
  http::Response response;
  add_rate_limit_headers(response, {true, 10'000, 9'998});
  EXPECT_EQ(response.header("X-Rate-Limit-Limit"), "10000");
  EXPECT_EQ(response.header("X-Rate-Limit-Remaining"), "9998");
  EXPECT_EQ(response.header("X-Rate-Limit-Config"), "account;requests-per-second=10000");
  http::Response without;
  add_rate_limit_headers(without, {});
  EXPECT_TRUE(without.headers.empty());
}

}  // namespace
}  // namespace waybill::api
