#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::base {

// How people write lengths of time: a whole number and its unit, ms, s, m, h, d, w (7 days) or y (365 days). A bare
// number is refused, since nobody can tell what was meant; but for 0, which is the same in every unit.

// How old something may become, in whole minutes; nothing: as old as it likes.
using Age = std::optional<std::chrono::minutes>;

// `90m`, `12h`, `30d`, `2w`, `1y`, or `never` for no limit. kInvalidArgument, with the rule, for anything else, less
// than `minutes_min` and what does not fit 31 bits included.
Result<Age> parse_age(std::string_view text, std::int64_t minutes_min);

// The other way round, in days, hours or minutes: the largest unit that leaves nothing over.
std::string to_age_text(const Age& age);

// `90s`, `5m`, `1h`, `30d`, `2w`, `1y`. kInvalidArgument, with the rule, for anything else, for less than `least` and
// for more than 1,000 years.
Result<std::chrono::seconds> parse_duration(std::string_view text, std::chrono::seconds least);

// `500ms`, `15s`, `2m`, `1h`: a time that something may take, up to a day. kInvalidArgument, with the rule, for
// anything else, and for less than `least`.
Result<std::chrono::milliseconds> parse_time_limit(std::string_view text, std::chrono::milliseconds least);

}  // namespace waybill::base
