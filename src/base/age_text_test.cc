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
      {"43200", 43'200, "30d"}, {"90m", 90, "90m"}, {"12h", 720, "12h"}, {"48h", 2880, "2d"}, {"400d", 576'000, "400d"},
  };
  for (const auto& c : cases) {
    const auto age = parse_age(c.text, 1);
    ASSERT_TRUE(age.has_value()) << c.text;
    EXPECT_EQ(*age, Age(std::chrono::minutes(c.minutes))) << c.text;
    EXPECT_EQ(to_age_text(*age), c.written);
  }
  EXPECT_EQ(*parse_age("never", 1), Age());
  EXPECT_EQ(to_age_text(Age()), "never");
}

TEST(AgeText, what_is_no_age_is_refused_with_the_rule) {
  for (const char* const text :
       {"", "0", "-1", "1w", "d", "1.5h", "1 d", "Never", "1491309d", "99999999999999999999"}) {
    const auto age = parse_age(text, 1);
    ASSERT_FALSE(age.has_value()) << text;
    EXPECT_EQ(age.error(), invalid_argument("must be minutes, or a number with m, h or d, such as 30d, or never"));
  }
  EXPECT_TRUE(parse_age("0", 0).has_value());
}

TEST(Duration, a_number_with_its_unit) {
  const std::pair<const char*, std::int64_t> cases[] = {{"90s", 90}, {"5m", 300}, {"1h", 3600}, {"30d", 2'592'000}};
  for (const auto& [text, seconds] : cases) {
    const auto duration = parse_duration(text, std::chrono::seconds(1));
    ASSERT_TRUE(duration.has_value()) << text;
    EXPECT_EQ(duration->count(), seconds) << text;
  }
}

TEST(Duration, anything_else_is_refused_with_the_rule) {
  for (const char* const text : {"", "5", "m", "-5m", "0s", "1s", "1.5h", "5 m", "never", "999999999999d"}) {
    const auto duration = parse_duration(text, std::chrono::seconds(2));
    ASSERT_FALSE(duration.has_value()) << text;
    EXPECT_EQ(duration.error().message(), "must be a number with s, m, h or d, such as 5m, and at least 2s") << text;
  }
}

}  // namespace
}  // namespace waybill::base
