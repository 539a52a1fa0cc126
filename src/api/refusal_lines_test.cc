#include "api/refusal_lines.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::api {
namespace {

constexpr RefusalLineLimits kLimits = {.of_address = 2,
                                       .address_time = std::chrono::seconds(60),
                                       .of_all = 5,
                                       .all_time = std::chrono::seconds(3600),
                                       .addresses_max = 3};

base::SteadyTime at(int seconds) { return base::SteadyTime(std::chrono::seconds(seconds)); }

TEST(RefusalLines, an_address_has_a_few_in_a_minute_and_the_next_one_says_how_many_had_none) {
  RefusalLines lines(kLimits);
  EXPECT_TRUE(lines.admit("a", at(0)).write);
  EXPECT_TRUE(lines.admit("a", at(1)).write);
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(lines.admit("a", at(2)).write);
  const auto other = lines.admit("b", at(3));
  EXPECT_TRUE(other.write);
  EXPECT_EQ(other.left_out, 7U);
  EXPECT_FALSE(lines.admit("a", at(59)).write);
  const auto later = lines.admit("a", at(60));
  EXPECT_TRUE(later.write);
  EXPECT_EQ(later.left_out, 1U);
}

TEST(RefusalLines, all_addresses_together_have_some_in_an_hour) {
  RefusalLines lines(kLimits);
  int written = 0;
  for (int i = 0; i < 1000; ++i) written += lines.admit("address " + std::to_string(i), at(i)).write ? 1 : 0;
  EXPECT_EQ(written, 5);
  const auto later = lines.admit("another", at(3600));
  EXPECT_TRUE(later.write);
  EXPECT_EQ(later.left_out, 995U);
}

TEST(RefusalLines, the_address_that_was_quiet_longest_is_forgotten_first) {
  RefusalLines lines(kLimits);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(lines.admit("a", at(0)).write);
  EXPECT_TRUE(lines.admit("b", at(1)).write);
  EXPECT_TRUE(lines.admit("c", at(2)).write);
  EXPECT_FALSE(lines.admit("a", at(3)).write);
  EXPECT_TRUE(lines.admit("d", at(4)).write);
  EXPECT_FALSE(lines.admit("a", at(5)).write);
}

}  // namespace
}  // namespace waybill::api
