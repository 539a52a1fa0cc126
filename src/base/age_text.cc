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

}  // namespace waybill::base
