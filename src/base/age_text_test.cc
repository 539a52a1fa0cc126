#include "base/age_text.h"

#include <gtest/gtest.h>

namespace waybill::base {
namespace {

TEST(AgeText, ages_are_read_and_written) {
  const struct {
    const char* text;
    std::int64_t minutes;
    const char* written;
  } cases[] = {
      {"90m", 90, "90m"},        {"43200m", 43'200, "30d"}, {"12h", 720, "12h"},     {"48h", 2880, "2d"},
      {"400d", 576'000, "400d"}, {"2w", 20'160, "14d"},     {"1y", 525'600, "365d"},
  };
  for (const auto& c : cases) {
    const auto age = parse_age(c.text, 1);
    ASSERT_TRUE(age.has_value()) << c.text;
    EXPECT_EQ(*age, Age(std::chrono::minutes(c.minutes))) << c.text;
    EXPECT_EQ(to_age_text(*age), c.written);
  }
  EXPECT_EQ(*parse_age("never", 1), Age());
  EXPECT_EQ(to_age_text(Age()), "never");
  EXPECT_EQ(to_age_text(Age(std::chrono::minutes(0))), "0d");
}

TEST(AgeText, what_is_no_age_is_refused_with_the_rule) {
  for (const char* const text : {"", "0", "0d", "-1", "-1d", "1s", "1ms", "d", "1.5h", "1 d", "Never", "1D", "4086y",
                                 "1491309d", "99999999999999999999", "99999999999999999999d"}) {
    const auto age = parse_age(text, 1);
    ASSERT_FALSE(age.has_value()) << text;
    EXPECT_EQ(age.error(), invalid_argument("must be a number with m, h, d, w or y, such as 30d, or never")) << text;
  }
  EXPECT_EQ(*parse_age("0", 0), Age(std::chrono::minutes(0)));
}

TEST(AgeText, a_bare_number_is_refused_with_what_it_may_have_meant) {
  EXPECT_EQ(parse_age("365", 1).error(), invalid_argument("needs a unit; did you mean 365d?"));
  EXPECT_EQ(parse_age("43200", 0).error(), invalid_argument("needs a unit; did you mean 43200d?"));
  EXPECT_EQ(parse_duration("30", std::chrono::seconds(0)).error(),
            invalid_argument("needs a unit; did you mean 30s or 30d?"));
  EXPECT_EQ(parse_time_limit("75", std::chrono::milliseconds(1)).error(),
            invalid_argument("needs a unit; did you mean 75s?"));
}

TEST(Duration, a_number_with_its_unit) {
  const std::pair<const char*, std::int64_t> cases[] = {{"90s", 90},        {"5m", 300},       {"1h", 3600},
                                                        {"30d", 2'592'000}, {"2w", 1'209'600}, {"1y", 31'536'000}};
  for (const auto& [text, seconds] : cases) {
    const auto duration = parse_duration(text, std::chrono::seconds(1));
    ASSERT_TRUE(duration.has_value()) << text;
    EXPECT_EQ(duration->count(), seconds) << text;
  }
  EXPECT_EQ(*parse_duration("0", std::chrono::seconds(0)), std::chrono::seconds(0));
}

TEST(Duration, anything_else_is_refused_with_the_rule) {
  for (const char* const text : {"", "m", "-5m", "0", "0s", "1s", "500ms", "1.5h", "5 m", "never", "999999999999d"}) {
    const auto duration = parse_duration(text, std::chrono::seconds(2));
    ASSERT_FALSE(duration.has_value()) << text;
    EXPECT_EQ(duration.error().message(), "must be a number with s, m, h, d, w or y, such as 5m, and at least 2s")
        << text;
  }
}

TEST(TimeLimit, a_number_with_its_unit) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"500ms", 500}, {"15s", 15'000}, {"2m", 120'000}, {"24h", 86'400'000}};
  for (const auto& [text, milliseconds] : cases) {
    const auto limit = parse_time_limit(text, std::chrono::milliseconds(1));
    ASSERT_TRUE(limit.has_value()) << text;
    EXPECT_EQ(limit->count(), milliseconds) << text;
  }
  EXPECT_EQ(*parse_time_limit("0", std::chrono::milliseconds(0)), std::chrono::milliseconds(0));
}

TEST(TimeLimit, anything_else_is_refused_with_the_rule) {
  for (const char* const text : {"", "0", "0s", "-1s", "25h", "1d", "s", "1.5s", "15 s", "86400001ms"}) {
    const auto limit = parse_time_limit(text, std::chrono::milliseconds(1));
    ASSERT_FALSE(limit.has_value()) << text;
    EXPECT_EQ(limit.error().message(), "must be a time of at most a day with its unit, such as 15s, 500ms or 2m")
        << text;
  }
}

}  // namespace
}  // namespace waybill::base
