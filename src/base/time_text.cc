#include "base/time_text.h"

#include <optional>

#include <fmt/format.h>

#include "base/check.h"

namespace waybill::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kFractionDigitsMax = 9;

// Takes a text apart from the left.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  // Exactly `count` digits as a number.
  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // The next character if it is one of `any`.
  std::optional<char> one_of(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view all_digits() {
    std::size_t count = 0;
    while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') ++count;
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }

 private:
  std::string_view rest_;
};

Error bad(std::string_view why) { return invalid_argument(std::string(why)); }

// A fraction of a second: the milliseconds it begins with, and how many it covers.
struct Fraction {
  milliseconds start{0};
  milliseconds width{1000};
};

Result<Fraction> parse_fraction(Cursor& in) {
  if (!in.one_of(".,")) return Fraction{};
  const std::string_view digits = in.all_digits();
  if (digits.empty() || digits.size() > kFractionDigitsMax) return bad("a fraction of a second has 1 to 9 digits");
  Fraction fraction;
  std::int64_t start = 0;
  std::int64_t width = 1000;
  for (std::size_t i = 0; i < 3; ++i) {
    start = start * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    if (i < digits.size()) width /= 10;
  }
  fraction.start = milliseconds(start);
  fraction.width = milliseconds(width);
  return fraction;
}

Result<minutes> parse_offset(Cursor& in) {
  if (in.at_end() || in.one_of("Zz")) return minutes(0);
  const auto sign = in.one_of("+- ");
  if (!sign) return bad("after the time stands Z or an offset such as +01:00");
  const auto hours = in.digits(2);
  const bool more = in.one_of(":").has_value() || !in.at_end();
  const auto mins = more ? in.digits(2) : std::optional<int>(0);
  if (!hours || !mins || *hours > 23 || *mins > 59) return bad("an offset looks like +01:00, at most 23:59");
  const minutes offset(*hours * 60 + *mins);
  return *sign == '-' ? -offset : offset;
}

Result<std::chrono::sys_days> parse_date(Cursor& in) {
  const auto year = in.digits(4);
  const bool dash1 = in.one_of("-").has_value();
  const auto month = in.digits(2);
  const bool dash2 = in.one_of("-").has_value();
  const auto day = in.digits(2);
  if (!year || !dash1 || !month || !dash2 || !day) return bad("a date looks like 2026-11-23");
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return bad("no such day in the calendar");
  return std::chrono::sys_days(date);
}

Result<seconds> parse_time_of_day(Cursor& in) {
  const auto hour = in.digits(2);
  const bool colon1 = in.one_of(":").has_value();
  const auto minute = in.digits(2);
  const bool colon2 = in.one_of(":").has_value();
  const auto second = in.digits(2);
  if (!hour || !colon1 || !minute || !colon2 || !second) return bad("a time of day looks like 10:00:05");
  if (*hour > 23 || *minute > 59 || *second > 59) return bad("no such time of day");
  return seconds(*hour * 3600 + *minute * 60 + *second);
}

}  // namespace

Result<TimeSpan> parse_time(std::string_view text) {
  Cursor in(text);
  TRY_ASSIGN(const std::chrono::sys_days date, parse_date(in));
  if (in.at_end()) return TimeSpan{date, date + milliseconds(86'399'999)};
  if (!in.one_of("Tt")) return bad("between date and time stands a T");
  TRY_ASSIGN(const seconds time_of_day, parse_time_of_day(in));
  TRY_ASSIGN(const Fraction fraction, parse_fraction(in));
  TRY_ASSIGN(const minutes offset, parse_offset(in));
  if (!in.at_end()) return bad("something follows the end of the date");
  const WallTime first = date + time_of_day + fraction.start - offset;
  const WallTime last = first + fraction.width - milliseconds(1);
  if (first < kTimeMin || last > kTimeMax) return bad("a year lies between 0000 and 9999");
  return TimeSpan{first, last};
}

std::string to_second_text(WallTime time) {
  CHECK(kTimeMin <= time && time <= kTimeMax);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto second = static_cast<unsigned>(std::chrono::floor<seconds>(time - day).count());
  // By hand: each event's text is made at least twice, and a formatter takes five times as long.
  std::string text = "0000-00-00T00:00:00Z";
  const auto put = [&text](std::size_t at, unsigned number) {
    text[at] = static_cast<char>('0' + number / 10);
    text[at + 1] = static_cast<char>('0' + number % 10);
  };
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  put(0, year / 100);
  put(2, year % 100);
  put(5, static_cast<unsigned>(date.month()));
  put(8, static_cast<unsigned>(date.day()));
  put(11, second / 3600);
  put(14, second / 60 % 60);
  put(17, second % 60);
  return text;
}

std::string to_millisecond_text(WallTime time) {
  std::string text = to_second_text(time);
  const auto in_second = time - std::chrono::floor<seconds>(time);
  text.insert(text.size() - 1, fmt::format(".{:03}", in_second.count()));
  return text;
}

}  // namespace waybill::base
