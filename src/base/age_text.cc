#include "base/age_text.h"

#include <limits>
#include <utility>

#include "base/strings.h"

namespace waybill::base {
namespace {

// The largest first.
constexpr std::pair<char, std::int64_t> kUnits[] = {{'d', 24 * 60}, {'h', 60}, {'m', 1}};

}  // namespace

Result<Age> parse_age(std::string_view text, std::int64_t minutes_min) {
  if (text == "never") return Age();
  constexpr std::int64_t kMinutesMax = std::numeric_limits<std::int32_t>::max();
  std::string_view digits = text;
  std::int64_t factor = 1;
  for (const auto& [letter, minutes] : kUnits) {
    if (!digits.ends_with(letter)) continue;
    digits.remove_suffix(1);
    factor = minutes;
    break;
  }
  const auto number = parse_int(digits);
  if (!number || *number < minutes_min || *number > kMinutesMax / factor) {
    return invalid_argument("must be minutes, or a number with m, h or d, such as 30d, or never");
  }
  return Age(std::chrono::minutes(*number * factor));
}

std::string to_age_text(const Age& age) {
  if (!age) return "never";
  for (const auto& [letter, minutes] : kUnits) {
    if (age->count() % minutes == 0) return std::to_string(age->count() / minutes) + letter;
  }
  return std::to_string(age->count());
}

Result<std::chrono::seconds> parse_duration(std::string_view text, std::chrono::seconds least) {
  constexpr std::pair<char, std::int64_t> kSecondUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}};
  constexpr std::int64_t kSecondsMax = 1000LL * 365 * 86'400;
  for (const auto& [letter, seconds] : kSecondUnits) {
    if (!text.ends_with(letter)) continue;
    const auto number = parse_int(text.substr(0, text.size() - 1));
    if (!number || *number > kSecondsMax / seconds || *number * seconds < least.count()) break;
    return std::chrono::seconds(*number * seconds);
  }
  return invalid_argument("must be a number with s, m, h or d, such as 5m, and at least " +
                          std::to_string(least.count()) + "s");
}

}  // namespace waybill::base
