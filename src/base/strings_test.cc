#include "base/strings.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::base {
namespace {

using std::string_literals::operator""s;

TEST(Strings, numbers_are_grouped_by_thousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(132'000), "132,000");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

TEST(Strings, case_is_that_of_ascii_alone) {
  EXPECT_EQ(to_lower("WSabcXYZ09-_ÄÉ"), "wsabcxyz09-_ÄÉ");
  EXPECT_EQ(to_lower(""), "");

  struct Case {
    std::string_view a;
    std::string_view b;
    bool equal;
  };
  const Case cases[] = {{"", "", true},    {"Basic", "bASIC", true}, {"Basic", "Basi", false}, {"a", "b", false},
                        {"[", "{", false}, {"Ä", "ä", false},        {"Basi", "Basic", false}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.a);
    EXPECT_EQ(equals_ignoring_case(c.a, c.b), c.equal);
  }
}

TEST(Strings, trim_takes_blanks_off_both_ends) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""}, {"a", "a"}, {" \t\r\na b\n", "a b"}, {"  ", ""}, {"\v a", "\v a"}, {"a\f", "a\f"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(trim(text), want);
}

TEST(Strings, split_keeps_what_is_empty) {
  const std::pair<std::string_view, std::vector<std::string_view>> cases[] = {
      {"", {""}},       {"a", {"a"}}, {"a,b", {"a", "b"}}, {",", {"", ""}}, {",a,,b,", {"", "a", "", "b", ""}},
      {"a;b", {"a;b"}},
  };
  for (const auto& [text, want] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(split(text, ','), want);
  }
}

TEST(Strings, parse_int_takes_a_whole_number_and_nothing_else) {
  struct Case {
    std::string_view text;
    std::optional<std::int64_t> want;
  };
  const Case cases[] = {
      {"0", 0},
      {"7", 7},
      {"+7", 7},
      {"-7", -7},
      {"-0", 0},
      {"007", 7},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", std::nullopt},
      {"-9223372036854775809", std::nullopt},
      {"99999999999999999999999999", std::nullopt},
      {"", std::nullopt},
      {"+", std::nullopt},
      {"-", std::nullopt},
      {"+-7", std::nullopt},
      {"++7", std::nullopt},
      {"--7", std::nullopt},
      {" 7", std::nullopt},
      {"7 ", std::nullopt},
      {"7.0", std::nullopt},
      {"7e0", std::nullopt},
      {"0x7", std::nullopt},
      {"1'000", std::nullopt},
      {"seven", std::nullopt},
      {std::string_view("7\0", 2), std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_int(c.text), c.want);
  }
}

TEST(Strings, utf8_is_told_from_other_bytes) {
  for (const std::string& text : {""s, "plain"s, "a\n\0b"s, "é€😀"s, "\u0080\uffff"s, "\xf4\x8f\xbf\xbf"s}) {
    EXPECT_TRUE(is_utf8(text)) << quoted_for_message(text);
  }
  for (const std::string& text : {"\x80"s, "a\xff"s, "é\xc3"s, "\xe2\x82"s, "\xc0\xaf"s, "\xe0\x80\xaf"s,
                                  "\xed\xa0\x80"s, "\xf0\x80\x80\xaf"s, "\xf4\x90\x80\x80"s, "\xf8\x88\x80\x80\x80"s}) {
    EXPECT_FALSE(is_utf8(text)) << quoted_for_message(text);
  }
}

TEST(IsUtf8, looks_at_every_byte_of_a_long_text) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string plain(length, 'a');
    EXPECT_TRUE(is_utf8(plain));
    for (std::size_t at = 0; at <= length; ++at) {
      EXPECT_TRUE(is_utf8(plain.substr(0, at) + "\xc3\xa4" + plain.substr(at))) << at;
      EXPECT_FALSE(is_utf8(plain.substr(0, at) + "\xc3" + plain.substr(at))) << at;
    }
  }
}

// What a client sent goes into messages and logs: it must be readable there, and must not steer a terminal.
TEST(Strings, quoted_text_is_valid_utf8_without_control_characters) {
  struct Case {
    std::string_view name;
    std::string text;
    std::string_view want;
  };
  const Case cases[] = {
      {"nothing", "", "''"},
      {"plain", "PageSize", "'PageSize'"},
      {"control characters", "a\n\t\x1b[31m\x7f"s + '\0', R"('a\x0a\x09\x1b[31m\x7f\x00')"},
      {"two bytes", "é", "'é'"},
      {"three bytes", "€", "'€'"},
      {"four bytes", "😀", "'😀'"},
      {"control characters beyond ASCII", "\u0080\u0085\u009f\u00a0", "'\\xc2\\x80\\xc2\\x85\\xc2\\x9f\u00a0'"},
      {"a lone continuation", "a\x80z", R"('a\x80z')"},
      {"a torn character", "\xe2\x82", R"('\xe2\x82')"},
      {"an overlong slash", "\xc0\xaf", R"('\xc0\xaf')"},
      {"an overlong slash of three", "\xe0\x80\xaf", R"('\xe0\x80\xaf')"},
      {"an overlong slash of four", "\xf0\x80\x80\xaf", R"('\xf0\x80\x80\xaf')"},
      {"half a surrogate pair", "\xed\xa0\x80", R"('\xed\xa0\x80')"},
      {"beyond the last character", "\xf4\x90\x80\x80", R"('\xf4\x90\x80\x80')"},
      {"the last character", "\xf4\x8f\xbf\xbf", "'\xf4\x8f\xbf\xbf'"},
      {"never a byte of UTF-8", "\xff\xfe", R"('\xff\xfe')"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(quoted_for_message(c.text), c.want);
  }
}

TEST(Strings, printable_text_steers_no_terminal) {
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("billing, café 😀"), "billing, café 😀");
  EXPECT_EQ(printable("a\x1b]0;t\x07\r\n\x7f"), R"(a\x1b]0;t\x07\x0d\x0a\x7f)");
  EXPECT_EQ(printable("\u009b2J\xff"), R"(\xc2\x9b2J\xff)");
}

TEST(Strings, quoted_text_is_cut_between_characters) {
  struct Case {
    std::string_view text;
    std::size_t length_max;
    std::string_view want;
  };
  const Case cases[] = {
      {"abcdef", 6, "'abcdef'"}, {"abcdef", 5, "'abcde…'"}, {"abcdef", 0, "'…'"},   {"", 0, "''"},
      {"ab€", 5, "'ab€'"},       {"ab€", 4, "'ab…'"},       {"ab€cd", 5, "'ab€…'"}, {"\n\n", 1, "'\\x0a…'"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.want);
    EXPECT_EQ(quoted_for_message(c.text, c.length_max), c.want);
  }
  EXPECT_EQ(quoted_for_message(std::string(100'000, 'a')), "'" + std::string(80, 'a') + "…'");
}

TEST(Strings, nearest_names_what_was_probably_meant) {
  const std::vector<std::string> known = {"listen", "data", "public-url", "rate-limit", "redact-after"};
  struct Case {
    std::string_view word;
    std::optional<std::string> want;
  };
  const Case cases[] = {
      {"listen", "listen"},
      {"lisen", "listen"},
      {"LISTEN", "listen"},
      {"dta", "data"},
      {"publicurl", "public-url"},
      {"rate_limits", "rate-limit"},
      {"redactafter", "redact-after"},
      {"", std::nullopt},
      {"x", std::nullopt},
      {"verbose", std::nullopt},
      {"colour", std::nullopt},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.word);
    EXPECT_EQ(nearest(c.word, known), c.want);
  }
  EXPECT_EQ(nearest("ab", {"xy", "b"}), "b");
  EXPECT_EQ(nearest("ab", {"xy", "z"}), std::nullopt) << "nothing in common";
  EXPECT_EQ(nearest("data", {}), std::nullopt);
}

}  // namespace
}  // namespace waybill::base
