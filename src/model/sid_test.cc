#include "model/sid.h"

#include <gtest/gtest.h>

namespace waybill::model {
namespace {

constexpr std::string_view kHex = "0123456789abcdef0123456789ABCDEF";

TEST(SidTest, accepts_both_cases_of_hex_and_nothing_else) {
  const struct {
    std::string name;
    std::string text;
    bool ok;
  } cases[] = {
      {"mixed case", "WT" + std::string(kHex), true},
      {"another kind", "WK" + std::string(kHex), false},
      {"lower-case letters", "wt" + std::string(kHex), false},
      {"one digit short", "WT" + std::string(kHex.substr(1)), false},
      {"one digit long", "WT0" + std::string(kHex), false},
      {"not hex", "WTg123456789abcdef0123456789ABCDEF", false},
      {"empty", "", false},
      {"blank behind", "WT" + std::string(kHex.substr(1)) + " ", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(TaskSid::parse(c.text).has_value(), c.ok);
  }
}

TEST(SidTest, compares_without_regard_to_case_and_prints_lower_case) {
  const auto upper = TaskSid::parse("WTABCDEF00000000000000000000000000");
  const auto lower = TaskSid::parse("WTabcdef00000000000000000000000000");
  EXPECT_EQ(*upper, *lower);
  EXPECT_EQ(upper->to_text(), "WTabcdef00000000000000000000000000");
}

TEST(SidTest, any_sid_wants_two_letters_and_hex) {
  EXPECT_TRUE(is_any_sid("zz" + std::string(kHex)));
  EXPECT_FALSE(is_any_sid("Z1" + std::string(kHex)));
  EXPECT_FALSE(is_any_sid("ZZ" + std::string(kHex.substr(2)) + "--"));
}

}  // namespace
}  // namespace waybill::model
