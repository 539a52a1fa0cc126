#include "store/local/clock_trust.h"

#include <chrono>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace waybill::store {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

// A machine with two clocks, and what a store makes of them.
class ClockTrustTest : public ::testing::Test {
 protected:
  static constexpr base::WallTime kStart = base::from_ms(1'000'000'000'000);

  void start(const std::optional<base::WallTime>& evidence) { trust_.emplace(evidence, reading()); }
  void pass(milliseconds time) {
    wall_ += time;
    steady_ += time;
    trust_->observe(reading());
  }
  void jump(milliseconds by) {
    wall_ += by;
    trust_->observe(reading());
  }
  [[nodiscard]] bool is_believed() const { return !trust_->doubt(); }
  [[nodiscard]] ClockTrust::Reading reading() const { return {wall_, steady_}; }

  base::WallTime wall_ = kStart;
  base::SteadyTime steady_{hours(5)};
  std::optional<ClockTrust> trust_;
};

TEST_F(ClockTrustTest, the_first_reading_is_held_against_the_evidence) {
  const struct {
    std::string name;
    std::optional<base::WallTime> evidence;
    bool is_believed;
  } cases[] = {
      {"nothing is known", {}, true},
      {"a moment ago", kStart - minutes(1), true},
      {"exactly as far as may be", kStart - kClockAheadMax, true},
      {"a little further", kStart - kClockAheadMax - milliseconds(1), false},
      {"months ago", kStart - hours(24 * 100), false},
      {"the clock is behind", kStart + hours(24 * 100), true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    start(c.evidence);
    EXPECT_EQ(is_believed(), c.is_believed);
  }
}

TEST_F(ClockTrustTest, an_archive_of_months_ago_is_believed_when_its_clock_has_stayed_for_the_trial) {
  start(kStart - hours(24 * 100));
  ASSERT_TRUE(trust_->doubt());
  EXPECT_EQ(trust_->doubt()->expected, kStart - hours(24 * 100));
  EXPECT_EQ(trust_->doubt()->ends, steady_ + kClockTrialTime);
  EXPECT_EQ(trust_->doubt()->ends_on_wall, kStart + kClockTrialTime);
  for (int i = 0; i < 59; ++i) pass(minutes(1));
  pass(minutes(1) - milliseconds(1));
  EXPECT_FALSE(is_believed());
  pass(milliseconds(1));
  EXPECT_TRUE(is_believed());
  pass(hours(24 * 365));
  EXPECT_TRUE(is_believed()) << "time that passes on both clocks is no jump";
}

TEST_F(ClockTrustTest, a_jump_ahead_is_in_doubt_and_its_end_is_forgotten_at_once) {
  start({});
  pass(hours(100));
  jump(hours(24 * 31));
  EXPECT_FALSE(is_believed());
  EXPECT_EQ(trust_->doubt()->expected, kStart + hours(100));
  pass(minutes(59));
  EXPECT_FALSE(is_believed());
  jump(-hours(24 * 31));
  EXPECT_TRUE(is_believed());
  jump(hours(24 * 31));
  pass(minutes(59));
  EXPECT_FALSE(is_believed()) << "a new jump is a new trial";
}

TEST_F(ClockTrustTest, a_clock_that_jumps_on_and_on_is_never_believed) {
  start({});
  for (int i = 0; i < 1'000; ++i) {
    jump(minutes(10));
    pass(minutes(10));
    EXPECT_EQ(is_believed(), i < 6) << i;
  }
}

TEST_F(ClockTrustTest, small_corrections_do_not_add_up_to_a_doubt) {
  start({});
  for (int i = 0; i < 10'000; ++i) {
    pass(hours(1));
    jump(std::chrono::seconds(1));
    EXPECT_TRUE(is_believed()) << i;
  }
}

TEST_F(ClockTrustTest, a_clock_that_went_back_is_believed_and_must_not_come_forward_unseen) {
  start({});
  jump(-hours(24 * 365));
  EXPECT_TRUE(is_believed());
  jump(hours(24 * 365));
  EXPECT_FALSE(is_believed());
  pass(kClockTrialTime);
  EXPECT_TRUE(is_believed());
}

}  // namespace
}  // namespace waybill::store
