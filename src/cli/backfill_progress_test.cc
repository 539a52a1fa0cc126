#include "cli/backfill_progress.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace waybill::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Silence = BackfillProgress::Silence;

constexpr const char* kWorkspace = "WS00000000000000000000000000000001";
// Where a line begins that renews itself: at the left edge, with what stood there wiped out.
constexpr const char* kAnew = "\r\x1b[K";
// 2026-03-02T10:00:00Z
constexpr std::int64_t kSecond = 1'772'445'600;

backfill::BackfillStep step_of(std::int64_t seconds_done, std::int64_t seconds_all, std::uint64_t accepted = 0,
                               std::uint64_t duplicates = 0) {
  return {{kSecond, kSecond + 59}, seconds_done, seconds_all, {.accepted = accepted, .duplicates = duplicates}};
}

// A pull that began a moment ago, and what it prints.
struct ProgressWorld {
  base::testing::FakeClock clock{base::from_ms(0)};
  BackfillProgress progress{clock, true};

  ProgressWorld() {
    progress.begin(kWorkspace, 100);
    progress.step(step_of(0, 1000), 100);
  }

  static std::string printed(const std::function<void()>& act) {
    ::testing::internal::CaptureStderr();
    act();
    return ::testing::internal::GetCapturedStderr();
  }

  std::string after(milliseconds time, const backfill::BackfillStep& step, std::uint64_t requests = 101) {
    clock.advance(time);
    return printed([&] { progress.step(step, requests); });
  }
};

TEST(BackfillProgress, shows_share_window_counts_and_the_time_that_is_left) {
  ProgressWorld world;
  EXPECT_EQ(world.after(seconds(10), step_of(250, 1000, 1200, 34), 117),
            std::string(kAnew) +
                "[#####---------------]  25 %  2026-03-02T10:00:00Z  1234 events, 34 duplicates  117 "
                "requests  30 s left");
  EXPECT_EQ(
      world.after(seconds(10), step_of(1000, 1000, 4000)),
      std::string(kAnew) +
          "[####################] 100 %  2026-03-02T10:00:00Z  4000 events, 0 duplicates  101 requests  0 s left");
}

TEST(BackfillProgress, tells_the_time_that_is_left_in_what_suits_it) {
  struct Case {
    milliseconds passed;
    std::int64_t done;
    std::string left;
  };
  const Case cases[] = {
      {seconds(10), 500, "  10 s left"},   {seconds(59), 500, "  59 s left"}, {seconds(60), 500, "  1 min left"},
      {minutes(30), 500, "  30 min left"}, {hours(2), 500, "  2.0 h left"},   {seconds(10), 9, " requests"},
      {seconds(10), 10, "  16 min left"},  {seconds(10), 0, " requests"},
  };
  for (const Case& c : cases) {
    ProgressWorld world;
    const std::string line = world.after(c.passed, step_of(c.done, 1000));
    EXPECT_TRUE(line.ends_with(c.left)) << line;
  }
}

TEST(BackfillProgress, has_all_where_there_is_nothing_to_ask_for) {
  ProgressWorld world;
  EXPECT_TRUE(world.after(seconds(1), step_of(0, 0)).starts_with(std::string(kAnew) + "[####################] 100 %"));
}

TEST(BackfillProgress, draws_no_more_than_five_times_a_second_but_tells_at_once_for_what_it_waits) {
  ProgressWorld world;
  EXPECT_NE(world.after(milliseconds(200), step_of(1, 1000)), "");
  EXPECT_EQ(world.after(milliseconds(199), step_of(2, 1000)), "");
  const std::string line = ProgressWorld::printed([&] { world.progress.wait(seconds(90), "it asked for that"); });
  EXPECT_TRUE(line.ends_with("  waiting 2 min: it asked for that")) << line;
  EXPECT_EQ(world.after(milliseconds(300), step_of(3, 1000)).find("waiting"), std::string::npos);
}

TEST(BackfillProgress, is_silent_where_nobody_looks_but_for_the_summary) {
  base::testing::FakeClock clock{base::from_ms(0)};
  BackfillProgress progress(clock, false);
  progress.begin(kWorkspace, 5);
  const std::string said = ProgressWorld::printed([&] {
    progress.step(step_of(0, 10, 7), 6);
    clock.advance(milliseconds(2500));
    progress.step(step_of(10, 10, 27, 3), 9);
    progress.wait(seconds(1), "x");
    progress.summary(9, Silence::kTold);
  });
  EXPECT_EQ(said, std::string(kWorkspace) + ": 20 new, 3 duplicates, 0 variants; 4 requests in 2.5 s\n");
}

TEST(BackfillProgress, sums_up_what_was_dropped_and_keeps_quiet_about_nothing_if_that_is_expected) {
  ProgressWorld world;
  backfill::BackfillStep step = step_of(1000, 1000);
  EXPECT_EQ(ProgressWorld::printed([&] { world.progress.summary(100, Silence::kExpected); }), kAnew);
  step.totals.dropped = 2;
  world.progress.step(step, 101);
  const std::string said = ProgressWorld::printed([&] { world.progress.summary(101, Silence::kTold); });
  EXPECT_EQ(said, std::string(kAnew) + kWorkspace +
                      ": 0 new, 0 duplicates, 0 variants, 2 dropped (erased here, or too old); 1 requests in 0.0 s\n");
}

}  // namespace
}  // namespace waybill::cli
