#include "base/age_text.h"

#include <limits>
#include <span>

#include "base/strings.h"

namespace waybill::base {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t ms;
};

// "ms" before "s", which it ends with.
constexpr Unit kAllUnits[] = {{"ms", 1},
                              {"s", 1'000},
                              {"m", 60'000},
                              {"h", 3'600'000},
                              {"d", 86'400'000},
                              {"w", 7LL * 86'400'000},
                              {"y", 365LL * 86'400'000}};
constexpr std::span<const Unit> kUnits(kAllUnits);
constexpr std::span<const Unit> kUnitsOfLimits = kUnits.first(4);       // ms to h
constexpr std::span<const Unit> kUnitsOfDurations = kUnits.subspan(1);  // s to y
constexpr std::span<const Unit> kUnitsOfAges = kUnits.subspan(2);       // m to y

// What is written in one of `units`, in `least` to `most`; nothing for anything else.
std::optional<milliseconds> parse_in(std::span<const Unit> units, std::string_view text, milliseconds least,
                                     milliseconds most) {
  if (text == "0") return least.count() <= 0 ? std::optional(milliseconds(0)) : std::nullopt;
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = parse_int(text.substr(0, text.size() - unit.name.size()));
    if (!number || *number < 0 || *number > most.count() / unit.ms || *number * unit.ms < least.count()) break;
    return milliseconds(*number * unit.ms);
  }
  return std::nullopt;
}

// The rule, or for a bare number what it may have been meant to be.
Error refused(std::string_view text, std::string_view meant, const std::string& rule) {
  const auto number = parse_int(text);
  if (!number || *number <= 0) return invalid_argument(rule);
  std::string guesses;
  for (const std::string_view unit : split(meant, ',')) {
    guesses += (guesses.empty() ? "" : " or ") + std::string(text) + std::string(unit);
  }
  return invalid_argument("needs a unit; did you mean " + guesses + "?");
}

}  // namespace

Result<Age> parse_age(std::string_view text, std::int64_t minutes_min) {
  if (text == "never") return Age();
  constexpr std::chrono::minutes kMost(std::numeric_limits<std::int32_t>::max());
  const auto age = parse_in(kUnitsOfAges, text, std::chrono::minutes(minutes_min), kMost);
  if (!age) return refused(text, "d", "must be a number with m, h, d, w or y, such as 30d, or never");
  return Age(std::chrono::duration_cast<std::chrono::minutes>(*age));
}

std::string to_age_text(const Age& age) {
  if (!age) return "never";
  constexpr std::pair<char, std::int64_t> kWritten[] = {{'d', 24 * 60}, {'h', 60}};
  for (const auto& [letter, minutes] : kWritten) {
    if (age->count() % minutes == 0) return std::to_string(age->count() / minutes) + letter;
  }
  return std::to_string(age->count()) + "m";
}

Result<std::chrono::seconds> parse_duration(std::string_view text, std::chrono::seconds least) {
  constexpr std::chrono::seconds kMost(1000LL * 365 * 86'400);
  const auto duration = parse_in(kUnitsOfDurations, text, least, kMost);
  if (duration) return std::chrono::duration_cast<std::chrono::seconds>(*duration);
  return refused(text, "s,d",
                 "must be a number with s, m, h, d, w or y, such as 5m" +
                     (least.count() > 0 ? ", and at least " + std::to_string(least.count()) + "s" : std::string()));
}

Result<milliseconds> parse_time_limit(std::string_view text, milliseconds least) {
  const auto limit = parse_in(kUnitsOfLimits, text, least, std::chrono::days(1));
  if (limit) return *limit;
  return refused(text, "s", "must be a time of at most a day with its unit, such as 15s, 500ms or 2m");
}

}  // namespace waybill::base
