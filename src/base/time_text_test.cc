#include "base/time_text.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace waybill::base {
namespace {

using std::chrono::milliseconds;
using std::string_literals::operator""s;

// The milliseconds of a span, from the calendar alone.
std::int64_t day_ms(int year, unsigned month, unsigned day) {
  return to_ms(std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)));
}

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kMinute = 60'000;

// 2026-11-23T10:00:05.000Z, written down once without any calendar.
constexpr std::int64_t kT = 1'795'428'005'000;

struct Read {
  std::string_view text;
  std::int64_t first;
  std::int64_t width;  // in milliseconds
};

void check_read(const Read& c) {
  SCOPED_TRACE(c.text);
  const auto span = parse_time(c.text);
  ASSERT_TRUE(span) << span.error().message();
  EXPECT_EQ(to_ms(span->first), c.first);
  EXPECT_EQ(to_ms(span->last), c.first + c.width - 1);
}

TEST(ParseTime, a_text_names_the_span_of_its_last_digit) {
  const Read cases[] = {
      {"2026-11-23", kT - 10 * kHour - 5000, kDay},    {"2026-11-23T10:00:05Z", kT, 1000},
      {"2026-11-23T10:00:05.4Z", kT + 400, 100},       {"2026-11-23T10:00:05.40Z", kT + 400, 10},
      {"2026-11-23T10:00:05.400Z", kT + 400, 1},       {"2026-11-23T10:00:05.4000Z", kT + 400, 1},
      {"2026-11-23T10:00:05.40099Z", kT + 400, 1},     {"2026-11-23T10:00:05.400999Z", kT + 400, 1},
      {"2026-11-23T10:00:05.4009990Z", kT + 400, 1},   {"2026-11-23T10:00:05.40099999Z", kT + 400, 1},
      {"2026-11-23T10:00:05.400999999Z", kT + 400, 1}, {"2026-11-23T10:00:05.0Z", kT, 100},
      {"2026-11-23T10:00:05.09Z", kT + 90, 10},        {"2026-11-23T10:00:05.009Z", kT + 9, 1},
      {"2026-11-23T10:00:05.999Z", kT + 999, 1},       {"2026-11-23T10:00:05.999999999Z", kT + 999, 1},
      {"2026-11-23T10:00:05,4Z", kT + 400, 100},       {"2026-11-23T10:00:05,400999999+00:00", kT + 400, 1},
  };
  for (const Read& c : cases) check_read(c);
}

TEST(ParseTime, offsets_and_the_letters_case) {
  const Read cases[] = {
      {"2026-11-23T10:00:05", kT, 1000},
      {"2026-11-23T10:00:05.4", kT + 400, 100},
      {"2026-11-23t10:00:05z", kT, 1000},
      {"2026-11-23T10:00:05+00:00", kT, 1000},
      {"2026-11-23T10:00:05-00:00", kT, 1000},
      {"2026-11-23T10:00:05+01:00", kT - kHour, 1000},
      {"2026-11-23T10:00:05-01:00", kT + kHour, 1000},
      {"2026-11-23T10:00:05 01:00", kT - kHour, 1000},
      {"2026-11-23T10:00:05.4 01:30", kT + 400 - kHour - 30 * kMinute, 100},
      {"2026-11-23T10:00:05+0130", kT - kHour - 30 * kMinute, 1000},
      {"2026-11-23T10:00:05 0130", kT - kHour - 30 * kMinute, 1000},
      {"2026-11-23T10:00:05-0945", kT + 9 * kHour + 45 * kMinute, 1000},
      {"2026-11-23T10:00:05+01", kT - kHour, 1000},
      {"2026-11-23T10:00:05 01", kT - kHour, 1000},
      {"2026-11-23T10:00:05-11", kT + 11 * kHour, 1000},
      {"2026-11-23T10:00:05+23:59", kT - kDay + kMinute, 1000},
      {"2026-11-23T10:00:05-23:59", kT + kDay - kMinute, 1000},
      {"2026-11-24T00:30:05+14:30", kT, 1000},
      {"2026-11-22T22:00:05-12:00", kT, 1000},
  };
  for (const Read& c : cases) check_read(c);
}

TEST(ParseTime, the_calendar_and_its_ends) {
  const Read cases[] = {
      {"1970-01-01", 0, kDay},
      {"1969-12-31T23:59:59.999Z", -1, 1},
      {"1969-12-31T23:59:59Z", -1000, 1000},
      {"2024-02-29", day_ms(2024, 2, 28) + kDay, kDay},
      {"2000-02-29", day_ms(2000, 3, 1) - kDay, kDay},
      {"2026-12-31T23:59:59Z", day_ms(2027, 1, 1) - 1000, 1000},
      {"0000-01-01", to_ms(kTimeMin), kDay},
      {"0000-02-29", to_ms(kTimeMin) + 59 * kDay, kDay},
      {"0000-01-01T00:00:00.000Z", to_ms(kTimeMin), 1},
      {"0000-01-01T01:00:00+01:00", to_ms(kTimeMin), 1000},
      {"9999-12-31", to_ms(kTimeMax) - kDay + 1, kDay},
      {"9999-12-31T23:59:59Z", to_ms(kTimeMax) - 999, 1000},
      {"9999-12-31T23:59:59.999999999Z", to_ms(kTimeMax), 1},
      {"9999-12-31T22:59:59-01:00", to_ms(kTimeMax) - 999, 1000},
  };
  for (const Read& c : cases) check_read(c);
}

struct Refused {
  std::string text;
  std::string_view why;  // a part of the message
};

void check_refused(const Refused& c) {
  SCOPED_TRACE(c.text.substr(0, 60));
  const auto span = parse_time(c.text);
  ASSERT_FALSE(span) << to_ms(span->first) << " to " << to_ms(span->last);
  EXPECT_EQ(span.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(span.error().message().find(c.why), std::string::npos) << span.error().message();
}

TEST(ParseTime, refuses_what_is_no_date) {
  const Refused cases[] = {
      {"", "a date looks like"},
      {" ", "a date looks like"},
      {"now", "a date looks like"},
      {"1795428005", "a date looks like"},
      {"1795428005400", "a date looks like"},
      {"2026", "a date looks like"},
      {"2026-11", "a date looks like"},
      {"2026-11-", "a date looks like"},
      {"2026-11-2", "a date looks like"},
      {"2026-1-23", "a date looks like"},
      {"26-11-23", "a date looks like"},
      {"20261123", "a date looks like"},
      {"20261123T100005Z", "a date looks like"},
      {"2026/11/23", "a date looks like"},
      {"11/23/2026", "a date looks like"},
      {"2026-W48-1", "a date looks like"},
      {"2026-327", "a date looks like"},
      {"-2026-11-23", "a date looks like"},
      {"+2026-11-23", "a date looks like"},
      {"12026-11-23", "a date looks like"},
      {" 2026-11-23", "a date looks like"},
      {"２０２６-11-23", "a date looks like"},
      {"Mon, 23 Nov 2026 10:00:05 GMT", "a date looks like"},
      {"2026-00-23", "no such day"},
      {"2026-13-23", "no such day"},
      {"2026-11-00", "no such day"},
      {"2026-11-31", "no such day"},
      {"2026-11-99", "no such day"},
      {"2026-02-29", "no such day"},
      {"2100-02-29", "no such day"},
      {"2024-02-30", "no such day"},
      {"2026-11-23Z", "stands a T"},
      {"2026-11-23+01:00", "stands a T"},
      {"2026-11-23 ", "stands a T"},
      {"2026-11-23 10:00:05Z", "stands a T"},
      {"2026-11-23_10:00:05Z", "stands a T"},
      {"2026-11-234", "stands a T"},
      {std::string(1'000'000, '2'), "a date looks like"},
      {"2026-11-23" + std::string(1'000'000, '3'), "stands a T"},
  };
  for (const Refused& c : cases) check_refused(c);
}

TEST(ParseTime, refuses_what_is_no_time_of_day) {
  const Refused cases[] = {
      {"2026-11-23T", "a time of day looks like"},
      {"2026-11-23T10", "a time of day looks like"},
      {"2026-11-23T10Z", "a time of day looks like"},
      {"2026-11-23T10:00", "a time of day looks like"},
      {"2026-11-23T10:00Z", "a time of day looks like"},
      {"2026-11-23T10:00:", "a time of day looks like"},
      {"2026-11-23T10:00:5Z", "a time of day looks like"},
      {"2026-11-23T1:00:05Z", "a time of day looks like"},
      {"2026-11-23T100005Z", "a time of day looks like"},
      {"2026-11-23T10.00.05Z", "a time of day looks like"},
      {"2026-11-23T-1:00:05Z", "a time of day looks like"},
      {"2026-11-23TT10:00:05Z", "a time of day looks like"},
      {"2026-11-23T 10:00:05Z", "a time of day looks like"},
      {"2026-11-23T24:00:00Z", "no such time"},
      {"2026-11-23T25:00:00Z", "no such time"},
      {"2026-11-23T10:60:00Z", "no such time"},
      {"2016-12-31T23:59:60Z", "no such time"},
      {"2026-11-23T10:00:99Z", "no such time"},
      {"2026-11-23T10:00:05.Z", "1 to 9 digits"},
      {"2026-11-23T10:00:05,", "1 to 9 digits"},
      {"2026-11-23T10:00:05..4Z", "1 to 9 digits"},
      {"2026-11-23T10:00:05.-4Z", "1 to 9 digits"},
      {"2026-11-23T10:00:05.0000000001Z", "1 to 9 digits"},
      {"2026-11-23T10:00:05." + std::string(1'000'000, '0') + "Z", "1 to 9 digits"},
      {"2026-11-23T10:00:05.4.4Z", "stands Z or an offset"},
  };
  for (const Refused& c : cases) check_refused(c);
}

TEST(ParseTime, refuses_what_is_no_offset_and_what_follows_the_end) {
  const Refused cases[] = {
      {"2026-11-23T10:00:05X", "stands Z or an offset"},
      {"2026-11-23T10:00:05GMT", "stands Z or an offset"},
      {"2026-11-23T10:00:05\n", "stands Z or an offset"},
      {"2026-11-23T10:00:05\0"s, "stands Z or an offset"},
      {"2026-11-23T10:00:05:00", "stands Z or an offset"},
      {"2026-11-23T10:00:05\u221201:00", "stands Z or an offset"},
      {"2026-11-23T10:00:05 ", "an offset looks like"},
      {"2026-11-23T10:00:05+", "an offset looks like"},
      {"2026-11-23T10:00:05-", "an offset looks like"},
      {"2026-11-23T10:00:05+1", "an offset looks like"},
      {"2026-11-23T10:00:05+1:00", "an offset looks like"},
      {"2026-11-23T10:00:05+01:", "an offset looks like"},
      {"2026-11-23T10:00:05+01:0", "an offset looks like"},
      {"2026-11-23T10:00:05+010", "an offset looks like"},
      {"2026-11-23T10:00:05+01Z", "an offset looks like"},
      {"2026-11-23T10:00:05+24:00", "an offset looks like"},
      {"2026-11-23T10:00:05+01:60", "an offset looks like"},
      {"2026-11-23T10:00:05-99:99", "an offset looks like"},
      {"2026-11-23T10:00:05++01:00", "an offset looks like"},
      {"2026-11-23T10:00:05  01:00", "an offset looks like"},
      {"2026-11-23T10:00:05 Z", "an offset looks like"},
      {"2026-11-23T10:00:05%2B01:00", "stands Z or an offset"},
      {"2026-11-23T10:00:05ZZ", "follows the end"},
      {"2026-11-23T10:00:05Z ", "follows the end"},
      {"2026-11-23T10:00:05Z\0"s, "follows the end"},
      {"2026-11-23T10:00:05Z+01:00", "follows the end"},
      {"2026-11-23T10:00:05+01:00:00", "follows the end"},
      {"2026-11-23T10:00:05+01:000", "follows the end"},
      {"2026-11-23T10:00:05+01:00Z", "follows the end"},
      {"2026-11-23T10:00:05+01:00[Europe/Berlin]", "follows the end"},
      {"0000-01-01T00:00:00+00:01", "between 0000 and 9999"},
      {"9999-12-31T23:59:59-00:01", "between 0000 and 9999"},
  };
  for (const Refused& c : cases) check_refused(c);
}

TEST(TimeText, whole_seconds_are_cut_off_towards_the_past) {
  struct Case {
    std::int64_t ms;
    std::string_view seconds;
    std::string_view milliseconds;
  };
  const Case cases[] = {
      {kT, "2026-11-23T10:00:05Z", "2026-11-23T10:00:05.000Z"},
      {kT + 400, "2026-11-23T10:00:05Z", "2026-11-23T10:00:05.400Z"},
      {kT + 999, "2026-11-23T10:00:05Z", "2026-11-23T10:00:05.999Z"},
      {kT + 7, "2026-11-23T10:00:05Z", "2026-11-23T10:00:05.007Z"},
      {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
      {-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999Z"},
      {-1000, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"},
      {to_ms(kTimeMin), "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
      {to_ms(kTimeMax), "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.milliseconds);
    EXPECT_EQ(to_second_text(from_ms(c.ms)), c.seconds);
    EXPECT_EQ(to_millisecond_text(from_ms(c.ms)), c.milliseconds);
  }
}

// From end to end of the calendar, on days and at times of day that wander.
TEST(TimeText, what_is_written_reads_back) {
  const milliseconds step = std::chrono::days(13) + milliseconds(3'661'001);
  for (WallTime time = kTimeMin; time <= kTimeMax; time += step) {
    const TimeSpan want{time, time};
    ASSERT_EQ(parse_time(to_millisecond_text(time)).value(), want);
    const WallTime second = std::chrono::floor<std::chrono::seconds>(time);
    ASSERT_EQ(parse_time(to_second_text(time)).value(), (TimeSpan{second, second + milliseconds(999)}));
  }
}

}  // namespace
}  // namespace waybill::base
