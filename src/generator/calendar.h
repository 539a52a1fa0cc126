#pragma once

#include <chrono>
#include <cstdint>

#include "base/random.h"

namespace waybill::generator {

// Time since the stream's start. Whole lives are told in it; only the writer turns it into dates.
using Moment = std::chrono::milliseconds;

// The stream starts on a Monday at this time of the centre's own day. Where on earth the centre lies, and so which
// hour of GMT that is, follows from the start that somebody chose.
inline constexpr Moment kMorning = std::chrono::hours(7) + std::chrono::minutes(40);

// When the centre begins to take tasks: what comes before is setting up and trying out.
inline constexpr Moment kOpening = std::chrono::minutes(20);

// How long the working day lasts that a demo shows.
inline constexpr Moment kWorkingDay = std::chrono::hours(10);

// The moment at which the centre's clock shows `time_of_day`, `day` days after the first.
constexpr Moment moment_of(std::int64_t day, Moment time_of_day) {
  return std::chrono::hours(24) * day + time_of_day - kMorning;
}

// Whether the day counted from the first Monday is a Saturday or a Sunday.
constexpr bool is_weekend(std::int64_t day) { return day % 7 >= 5; }

// How many tasks come at this moment, in percent of the busiest hour of a weekday. At least 1.
std::int64_t load_percent(Moment moment);

// When the next task comes after `now`, chance being memoryless and the load that of the day.
// REQUIRES: 1 <= tasks_per_hour <= 1,000,000, which is the rate of the busiest hour.
Moment next_arrival(Moment now, std::uint32_t tasks_per_hour, base::SeededRandom& random);

}  // namespace waybill::generator
