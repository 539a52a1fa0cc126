#include "base/clock.h"

#include <chrono>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace waybill::base {
namespace {

using std::chrono::milliseconds;

TEST(Clock, milliseconds_there_and_back) {
  EXPECT_EQ(to_ms(from_ms(1'795'428'005'400)), 1'795'428'005'400);
  EXPECT_EQ(to_ms(from_ms(-1)), -1);
  EXPECT_EQ(from_ms(0), WallTime(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1)));
}

TEST(FakeClock, stands_still_until_it_is_moved_and_then_moves_both_times) {
  testing::FakeClock fake(from_ms(1000));
  const Clock& clock = fake;
  const SteadyTime steady = clock.steady_now();
  EXPECT_EQ(clock.now(), from_ms(1000));
  EXPECT_EQ(clock.steady_now(), steady);

  fake.advance(milliseconds(250));
  EXPECT_EQ(clock.now(), from_ms(1250));
  EXPECT_EQ(clock.steady_now() - steady, milliseconds(250));
}

TEST(SystemClock, steady_time_never_goes_back_and_wall_time_is_of_this_century) {
  const SystemClock clock;
  const SteadyTime before = clock.steady_now();
  EXPECT_GE(clock.steady_now(), before);
  EXPECT_GT(clock.now(), WallTime(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1)));
}

}  // namespace
}  // namespace waybill::base
