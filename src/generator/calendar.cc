#include "generator/calendar.h"

#include <algorithm>
#include <array>

#include "generator/chance.h"

namespace waybill::generator {
namespace {

using std::chrono::hours;

// By hour of the day, from midnight. Two hills with the lunch between them, and the few who call at night.
constexpr std::array<std::int64_t, 24> kWeekdayPercent = {3,  2,  2,  2,  2,  3,  5,  14, 60, 88, 100, 96,
                                                          78, 84, 95, 92, 80, 55, 30, 20, 10, 7,  5,   4};
constexpr std::int64_t kWeekendPercent = 30;  // of the same hour on a weekday

}  // namespace

std::int64_t load_percent(Moment moment) {
  const std::int64_t hour = std::chrono::floor<hours>(moment + kMorning).count();
  const std::int64_t weekday = kWeekdayPercent[static_cast<std::size_t>(hour % 24)];
  return is_weekend(hour / 24) ? std::max<std::int64_t>(weekday * kWeekendPercent / 100, 1) : weekday;
}

Moment next_arrival(Moment now, std::uint32_t tasks_per_hour, base::SeededRandom& random) {
  // The wait is drawn for the busiest hour, in milliseconds times percent, and then spent hour by hour at the load
  // of each: a quiet hour spends it slowly.
  const Moment hour_at_peak = hours(1);
  std::int64_t unspent = skewed(random, hour_at_peak * 100).count() / tasks_per_hour;
  for (;;) {
    const std::int64_t percent = load_percent(now);
    const Moment hour_end = std::chrono::floor<hours>(now + kMorning) + hours(1) - kMorning;
    const std::int64_t rest_of_hour = (hour_end - now).count() * percent;
    if (unspent < rest_of_hour) return now + Moment(unspent / percent);
    unspent -= rest_of_hour;
    now = hour_end;
  }
}

}  // namespace waybill::generator
