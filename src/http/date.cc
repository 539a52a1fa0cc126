#include "http/date.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/strings.h"

namespace waybill::http {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// Years of two digits from here on are of the last century.
constexpr int kPivotYear = 70;

std::optional<int> number_of(std::string_view digits, std::size_t length_max) {
  if (digits.empty() || digits.size() > length_max) return std::nullopt;
  const auto number = base::parse_int(digits);
  if (!number || digits.front() < '0' || digits.front() > '9') return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<unsigned> month_of(std::string_view name) {
  const auto found = std::find_if(kMonths.begin(), kMonths.end(),
                                  [&](std::string_view month) { return base::equals_ignoring_case(month, name); });
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

struct Words {
  std::string_view day;
  std::string_view month;
  std::string_view year;
  std::string_view time;
};

// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
std::optional<Words> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : base::split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.size() == 6 && words[0].ends_with(',') && words[5] == "GMT")
    return Words{words[1], words[2], words[3], words[4]};
  if (words.size() == 5 && !words[0].ends_with(',')) return Words{words[2], words[1], words[4], words[3]};
  if (words.size() != 4 || !words[0].ends_with(',') || words[3] != "GMT") return std::nullopt;
  const std::vector<std::string_view> date = base::split(words[1], '-');
  if (date.size() != 3) return std::nullopt;
  return Words{date[0], date[1], date[2], words[2]};
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
  const std::vector<std::string_view> pieces = base::split(text, ':');
  if (pieces.size() != 3) return std::nullopt;
  const auto hour = number_of(pieces[0], 2);
  const auto minute = number_of(pieces[1], 2);
  const auto second = number_of(pieces[2], 2);
  // 60 is a leap second.
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace

std::optional<base::WallTime> parse_date(std::string_view text) {
  const auto words = words_of(base::trim(text));
  if (!words) return std::nullopt;
  const auto day = number_of(words->day, 2);
  const auto month = month_of(words->month);
  auto year = number_of(words->year, 4);
  const auto time = time_of_day(words->time);
  if (!day || !month || !year || !time) return std::nullopt;
  if (words->year.size() == 2) *year += *year < kPivotYear ? 2000 : 1900;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return base::WallTime(std::chrono::sys_days(date).time_since_epoch() + *time);
}

}  // namespace waybill::http
