#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::base {

// How old something may become, in whole minutes; nothing: as old as it likes.
using Age = std::optional<std::chrono::minutes>;

// `43200`, `43200m`, `12h`, `30d`, or `never` for no limit. kInvalidArgument, with the rule, for anything else, less
// than `minutes_min` and what does not fit 31 bits included.
Result<Age> parse_age(std::string_view text, std::int64_t minutes_min);

// The other way round, in the largest unit that leaves nothing over.
std::string to_age_text(const Age& age);

// `90s`, `5m`, `1h`, `30d`: a whole number with its unit. kInvalidArgument, with the rule, for anything else, for less
// than `least` and for more than 1,000 years.
Result<std::chrono::seconds> parse_duration(std::string_view text, std::chrono::seconds least);

}  // namespace waybill::base
