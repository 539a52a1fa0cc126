#include "backfill/window_plan.h"

#include <vector>

#include <gtest/gtest.h>

namespace waybill::backfill {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::uint64_t kPage = 1000;

struct Asked {
  std::vector<Span> finished;
  std::size_t windows = 0;  // too full ones included
};

// Walks a plan over an upstream that has `count(span)` events and cannot give more than a page.
template <class Count>
Asked walk(WindowPlan plan, Count count) {
  Asked asked;
  while (const auto window = plan.next()) {
    ++asked.windows;
    const std::uint64_t events = count(*window);
    if (events >= kPage && window->seconds() > 1) {
      plan.too_full(*window);
    } else {
      asked.finished.push_back(*window);
      plan.finished(*window, events);
    }
  }
  return asked;
}

TEST(WindowPlan, AQuietMonthIsAFewRequests) {
  const Asked asked = walk(WindowPlan({{0, 30 * kDay - 1}}, {}), [](const Span&) { return 0U; });
  EXPECT_LE(asked.windows, 7U);
  EXPECT_EQ(join(asked.finished), (Spans{{0, 30 * kDay - 1}}));
}

TEST(WindowPlan, EveryWindowOfABusyDayFitsAPage) {
  const auto busy = [](const Span& span) { return static_cast<std::uint64_t>(span.seconds()) * 3; };
  const Asked asked = walk(WindowPlan({{0, kDay - 1}}, {}), busy);
  EXPECT_EQ(join(asked.finished), (Spans{{0, kDay - 1}}));
  for (const Span& window : asked.finished) EXPECT_LT(busy(window), kPage);
  // 259,200 events: 370 windows of 700 would be the best.
  EXPECT_LE(asked.windows, 400U);
}

TEST(WindowPlan, ABurstIsHalvedDownToItsSecond) {
  const auto burst = [](const Span& span) { return span.holds(5000) ? 5000U : 10U; };
  const Asked asked = walk(WindowPlan({{0, kDay - 1}}, {}), burst);
  EXPECT_EQ(join(asked.finished), (Spans{{0, kDay - 1}}));
  bool alone = false;
  for (const Span& window : asked.finished) alone = alone || window == Span{5000, 5000};
  EXPECT_TRUE(alone);
  EXPECT_LE(asked.windows, 60U);
}

TEST(WindowPlan, WindowsNeverReachOverWhatNeedNotBeAsked) {
  const Spans spans = {{10, 20}, {100, 4000}, {50'000, 50'000}};
  const Asked asked = walk(WindowPlan(spans, {}), [](const Span&) { return 1U; });
  EXPECT_EQ(join(asked.finished), spans);
}

TEST(WindowPlan, NothingToAskIsNoWindow) { EXPECT_EQ(WindowPlan({}, {}).next(), std::nullopt); }

TEST(WindowPlan, TellsWhatIsLeft) {
  WindowPlan plan({{0, 7199}}, {});
  EXPECT_EQ(plan.seconds_left(), 7200);
  plan.finished({0, 3599}, 700);
  EXPECT_EQ(plan.seconds_left(), 3600);
}

}  // namespace
}  // namespace waybill::backfill
