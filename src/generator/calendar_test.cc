#include "generator/calendar.h"

#include <gtest/gtest.h>

#include "generator/chance.h"

namespace waybill::generator {
namespace {

using std::chrono::hours;

TEST(Calendar, TheDayHasAQuietNightAndTwoPeaks) {
  const auto load = [](std::int64_t hour) { return load_percent(moment_of(1, hours(hour))); };
  EXPECT_EQ(load(10), 100);
  EXPECT_LT(load(12), load(10));
  EXPECT_LT(load(12), load(14));
  EXPECT_LE(load(3), 5);
}

TEST(Calendar, AWeekendIsQuieterAndNeverSilent) {
  EXPECT_EQ(load_percent(moment_of(5, hours(10))), 30);
  EXPECT_EQ(load_percent(moment_of(7, hours(10))), 100);
  for (std::int64_t hour = 0; hour < 24 * 7; ++hour) {
    EXPECT_GE(load_percent(moment_of(7, hours(hour))), 1) << hour;
  }
}

TEST(Calendar, TasksComeAtTheRateOfTheHour) {
  base::SeededRandom random(1);
  constexpr std::uint32_t kPerHour = 3600;
  const auto count = [&random](Moment from) {
    int tasks = 0;
    for (Moment at = from; at < from + hours(1); at = next_arrival(at, kPerHour, random)) ++tasks;
    return tasks;
  };
  EXPECT_NEAR(count(moment_of(1, hours(10))), 3600, 200);
  EXPECT_NEAR(count(moment_of(1, hours(17))), 1980, 160);
  EXPECT_NEAR(count(moment_of(1, hours(2))), 72, 40);
}

TEST(Chance, ASkewedDurationHasItsMeanAndIsMostlyShorter) {
  base::SeededRandom random(2);
  constexpr int kDraws = 100'000;
  Moment sum{0};
  int shorter = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Moment drawn = skewed(random, hours(1));
    sum += drawn;
    if (drawn < hours(1)) ++shorter;
  }
  EXPECT_NEAR(static_cast<double>((sum / kDraws).count()), 3'600'000.0, 40'000.0);
  EXPECT_NEAR(shorter, 63'200, 1'000);
}

TEST(Chance, SkewPrefersTheFirstAndForgetsNobody) {
  base::SeededRandom random(3);
  const Skew skew(100);
  std::vector<int> drawn(10);
  for (int i = 0; i < 10'000; ++i) ++drawn[skew.draw(random, drawn.size())];
  for (std::size_t rank = 1; rank < drawn.size(); ++rank) EXPECT_GT(drawn[rank - 1] + 150, drawn[rank]) << rank;
  EXPECT_GT(drawn.front(), 3 * drawn.back());
  EXPECT_GT(drawn.back(), 0);
  EXPECT_EQ(skew.draw(random, 1), 0U);
}

}  // namespace
}  // namespace waybill::generator
