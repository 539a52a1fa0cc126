#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace waybill::base {

// The times that have a four-digit year: 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
constexpr WallTime kTimeMin = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr WallTime kTimeMax =
    std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + std::chrono::milliseconds(86'399'999);

// The span a text names: `2026-11-23` is a day, `…T10:00:05Z` a second, `….4Z` a tenth of one. Both ends
// inclusive, in whole milliseconds; a text with finer fractions names the millisecond it lies in.
struct TimeSpan {
  WallTime first;
  WallTime last;
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

// Reads ISO 8601 as the Events API takes it: a date alone (GMT), or date, `T` (or `t`), time with seconds, an
// optional fraction (`.` or `,`, 1 to 9 digits), and `Z` or an offset (`+hh:mm`, `-hhmm`, `+hh`). A blank
// where the sign stands is a `+` that a client forgot to escape. No time-zone mark means GMT.
// kInvalidArgument, saying what is wrong, for anything else, leap seconds and years beyond 0000 to 9999
// included.
Result<TimeSpan> parse_time(std::string_view text);

// `2026-11-23T10:00:05Z`; what is finer than a second is cut off towards the past.
// REQUIRES: kTimeMin <= time <= kTimeMax.
std::string to_second_text(WallTime time);

// `2026-11-23T10:00:05.400Z`. REQUIRES: as above.
std::string to_millisecond_text(WallTime time);

}  // namespace waybill::base
