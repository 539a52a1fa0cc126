#include "codec/json_scan.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/json_writer.h"

namespace waybill::codec {
namespace {

using std::string_literals::operator""s;

constexpr std::size_t kDeep = 32;

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

// Checks `text` with a checker of its own; what it says, or the checked text.
base::Result<std::string> checked(std::string_view text, std::size_t nesting_max = kDeep) {
  JsonChecker checker;
  const auto json = checker.check(text, nesting_max);
  if (!json) return json.error();
  return std::string(json->text());
}

struct Accepted {
  std::string_view name;
  std::string text;
  std::string want;
};

void check_accepted(const Accepted& c) {
  SCOPED_TRACE(c.name);
  const auto json = checked(c.text);
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ(*json, c.want);
}

TEST(JsonChecker, white_space_goes_and_everything_else_stays_as_it_came) {
  const Accepted cases[] = {
      {"an empty object", " { } ", "{}"},
      {"an empty array", "\t[\r\n]\n", "[]"},
      {"blanks around every token", " { \"a\" : [ 1 , 2 ] , \"b\" : null } ", R"({"a":[1,2],"b":null})"},
      {"blanks inside text stay", R"({"a b" : " c  d "})", R"({"a b":" c  d "})"},
      {"spellings of numbers", "[1, 1.0, 1e3, 1E+03, -0, 0.10, -1.5e-7]", "[1,1.0,1e3,1E+03,-0,0.10,-1.5e-7]"},
      {"the ends of 64 bits", "[9223372036854775807, -9223372036854775808, 18446744073709551615]",
       "[9223372036854775807,-9223372036854775808,18446744073709551615]"},
      {"more digits than a double holds", "[0.1000000000000000055511151231257827]",
       "[0.1000000000000000055511151231257827]"},
      {"escapes as they were spelt", R"(["\u0041", "A", "\/", "/", "\ud83d\ude00"])",
       R"(["\u0041","A","\/","/","\ud83d\ude00"])"},
      {"an escaped quote and backslash", R"( [ "\" , \\" , "x" ] )", R"(["\" , \\","x"])"},
      {"brackets inside text", R"({"}]": "{[" , "x": 1})", R"({"}]":"{[","x":1})"},
      {"UTF-8 of every length", "[ \"é€😀\" ]", "[\"é€😀\"]"},
      {"an escaped NUL", R"(["\u0000"])", R"(["\u0000"])"},
      {"more than 64 bits", "[ 18446744073709551616 ]", "[18446744073709551616]"},
      {"less than 64 bits", "[-9223372036854775809]", "[-9223372036854775809]"},
      {"more than a double", "[1e400]", "[1e400]"},
      {"the last character there is", R"(["\udbff\udfff"])", R"(["\udbff\udfff"])"},
      {"members in their order", R"({"b":1,"a":2})", R"({"b":1,"a":2})"},
      {"members twice", R"({"a":1,"a":2})", R"({"a":1,"a":2})"},
      {"a lone text", R"( "x" )", R"("x")"},
      {"a lone number", " -12 ", "-12"},
      {"a lone true", "true", "true"},
      {"a lone null", " null\n", "null"},
  };
  for (const Accepted& c : cases) check_accepted(c);
}

struct Refused {
  std::string_view name;
  std::string text;
};

void check_refused(const Refused& c) {
  SCOPED_TRACE(c.name);
  const auto json = checked(c.text);
  ASSERT_FALSE(json) << *json;
  EXPECT_EQ(json.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_NE(json.error().message(), "");
}

TEST(JsonChecker, refuses_what_is_only_nearly_json) {
  const Refused cases[] = {
      {"nothing", ""},
      {"a blank", " "},
      {"two numbers", "1 2"},
      {"two objects", "{} {}"},
      {"something behind the object", "{}x"},
      {"a comma behind the object", "{},"},
      {"two digits apart in an array", "[1 2]"},
      {"a missing comma between members", R"({"a":1 "b":2})"},
      {"a comma at the end of an object", R"({"a":1,})"},
      {"a comma at the end of an array", "[1,]"},
      {"a comma at the beginning", "[,1]"},
      {"two commas", "[1,,2]"},
      {"an open object", R"({"a":1)"},
      {"an open array", "[1"},
      {"brackets that cross", R"({"a":[1}])"},
      {"a bracket too much", "[1]]"},
      {"an open text", R"(["abc)"},
      {"a text that ends in a backslash", R"(["abc\"])"},
      {"a member without a value", R"({"a":})"},
      {"a member without a colon", R"({"a"})"},
      {"a member whose name is no text", R"({1:2})"},
      {"a member without quotes", "{a:1}"},
      {"single quotes", "{'a':1}"},
      {"a comment", "{} // x"},
      {"a leading plus", "[+1]"},
      {"a leading zero", "[01]"},
      {"a lone minus", "[-]"},
      {"a lone point", "[.5]"},
      {"a point at the end", "[5.]"},
      {"an exponent without digits", "[1e]"},
      {"a hexadecimal number", "[0x10]"},
      {"NaN", "[NaN]"},
      {"Infinity", "[Infinity]"},
      {"a word cut short", "[tru]"},
      {"a word too long", "[truex]"},
      {"a word in upper case", "[TRUE]"},
      {"undefined", "undefined"},
      {"a byte order mark", "\xef\xbb\xbf{}"},
      {"a NUL between tokens", "[1,\0 2]"s},
      {"a NUL in a text", "[\"a\0b\"]"s},
      {"a newline in a text", "[\"a\nb\"]"},
      {"a tab in a text", "[\"a\tb\"]"},
      {"a form feed as white space", "[1,\f2]"},
      {"a no-break space as white space",
       "[1,\xc2\xa0"
       "2]"},
  };
  for (const Refused& c : cases) check_refused(c);
}

TEST(JsonChecker, refuses_escapes_that_there_are_not) {
  const Refused cases[] = {
      {"an unknown escape", R"(["\x41"])"},
      {"an escape with too few digits", R"(["\u12"])"},
      {"an escape with a letter that is no digit", R"(["\u12g4"])"},
      {"a byte that is no UTF-8 outside texts", "[\xff]"},
  };
  for (const Refused& c : cases) check_refused(c);
}

TEST(JsonChecker, texts_that_are_no_unicode_are_replaced) {
  const std::string one = "\xef\xbf\xbd";
  const Accepted cases[] = {
      {"a high surrogate alone", R"(["\ud83d"])", "[\"" + one + "\"]"},
      {"a high surrogate before a letter", R"(["\ud83dx"])", "[\"" + one + "x\"]"},
      {"a high surrogate before another escape", R"(["\ud83d\n"])", "[\"" + one + "\\n\"]"},
      {"a high surrogate before a character that is no surrogate", R"(["\ud83d\u0041"])", "[\"" + one + "\\u0041\"]"},
      {"two high surrogates", R"(["\ud83d\ud83d"])", "[\"" + one + one + "\"]"},
      {"a low surrogate alone", R"(["\ude00"])", "[\"" + one + "\"]"},
      {"surrogates the wrong way round", R"(["\ude00\ud83d"])", "[\"" + one + one + "\"]"},
      {"a lone low surrogate as a member's name", R"({"\ude00":1})", "{\"" + one + "\":1}"},
      {"a low surrogate behind a pair", R"(["\ud83d\ude00\ude00"])", "[\"\\ud83d\\ude00" + one + "\"]"},
      {"a byte that begins nothing", "[ \"\xff\" ]", "[\"" + one + "\"]"},
      {"a continuation alone", "[\"\x80\"]", "[\"" + one + "\"]"},
      {"a character cut short", "[\"\xe2\x82\"]", "[\"" + one + "\"]"},
      {"an overlong slash", "[\"\xc0\xaf\"]", "[\"" + one + one + "\"]"},
      {"a surrogate in UTF-8", "[\"\xed\xa0\xbd\"]", "[\"" + one + one + one + "\"]"},
      {"beyond the last character", "[\"\xf4\x90\x80\x80\"]", "[\"" + one + one + one + one + "\"]"},
  };
  for (const Accepted& c : cases) check_accepted(c);
  EXPECT_FALSE(checked("[\"\xff\",[[1]]]", 2));
}

TEST(CheckedJson, a_whole_number_may_be_spelled_with_a_point_or_an_exponent) {
  const std::pair<const char*, std::optional<std::int64_t>> cases[] = {
      {"0", 0},
      {"-0", 0},
      {"0.0", 0},
      {"0e99999999999999999999", std::nullopt},
      {"0e9", 0},
      {"12", 12},
      {"12.0", 12},
      {"12.00e0", 12},
      {"1.5e1", 15},
      {"-150e-1", -15},
      {"1e3", 1000},
      {"1E+3", 1000},
      {"100e-2", 1},
      {"9223372036854775807.0", 9223372036854775807},
      {"9223372036854775808", std::nullopt},
      {"1.5e-9223372036854775808", std::nullopt},
      {"10e9223372036854775807", std::nullopt},
      {"0.0e9223372036854775807", 0},
      {"12.5", std::nullopt},
      {"1e-1", std::nullopt},
      {"1e19", std::nullopt},
      {"1e999999999999", std::nullopt},
      {"\"12\"", std::nullopt},
      {"true", std::nullopt},
      {"[1]", std::nullopt},
      {"{}", std::nullopt},
      {"null", std::nullopt},
  };
  for (const auto& [text, want] : cases) {
    JsonChecker checker;
    const auto json = checker.check(text, 2);
    ASSERT_TRUE(json) << text;
    EXPECT_EQ(json->whole_number(), want) << text;
  }
}

TEST(JsonChecker, an_escaped_backslash_is_no_escape) {
  const Accepted cases[] = {
      {"before a u", R"(["\\ude00"])", R"(["\\ude00"])"},
      {"three before a u", R"(["\\\\ude00"])", R"(["\\\\ude00"])"},
      {"before the closing quote", R"(["\\", "x"])", R"(["\\","x"])"},
  };
  for (const Accepted& c : cases) check_accepted(c);
}

struct Nested {
  std::string_view name;
  std::string open;
  std::string inner;
  std::string close;
};

TEST(JsonChecker, nesting_is_allowed_to_the_limit_and_no_deeper) {
  const Nested cases[] = {
      {"arrays around a number", "[", "1", "]"},
      {"arrays behind a text", "[\"]\",", "null", "]"},
      {"objects around a text", R"({"a":)", R"("x")", "}"},
      {"arrays in objects", R"({"a":[)", "1", "]}"},
      {"arrays around an empty object, which adds no level", "[", "{}", "]"},
      {"objects around an empty array, which adds no level", R"({"a":)", "[]", "}"},
  };
  for (const Nested& c : cases) {
    SCOPED_TRACE(c.name);
    const auto text = [&](std::size_t times) { return repeated(c.open, times) + c.inner + repeated(c.close, times); };
    const std::size_t per_piece = c.open.ends_with(":[") ? 2 : 1;
    for (const std::size_t times : {1UL, 2UL, 16UL, 40UL}) {
      const std::size_t depth = times * per_piece;
      EXPECT_TRUE(checked(text(times), depth)) << depth;
      EXPECT_TRUE(checked(text(times), depth + 1)) << depth;
      const auto refused = checked(text(times), depth - 1);
      ASSERT_FALSE(refused) << depth;
      EXPECT_EQ(refused.error().message(),
                "is nested deeper than " + std::to_string(depth - 1) + " levels (limit nesting_max)");
    }
  }
}

TEST(JsonChecker, the_limit_holds_whatever_was_checked_before) {
  const std::string deep = repeated("[", 9) + "1" + repeated("]", 9);
  const std::string long_and_deep =
      "[\"" + std::string(100'000, 'x') + "\"," + repeated("[", 8) + "1" + repeated("]", 9);
  const std::string texts[] = {"1", deep, long_and_deep, "[" + std::string(300'000, '1') + "]"};
  for (const std::string& first : texts) {
    for (const std::string& second : {deep, long_and_deep}) {
      JsonChecker checker;
      (void)checker.check(first, 8);
      EXPECT_FALSE(checker.check(second, 8)) << first.size() << " then " << second.size();
      EXPECT_TRUE(checker.check(second, 9)) << first.size() << " then " << second.size();
      EXPECT_FALSE(checker.check(second, 8)) << "a limit that rose and fell again";
    }
  }
}

TEST(JsonChecker, goes_on_after_a_refusal) {
  JsonChecker checker;
  EXPECT_FALSE(checker.check("{", kDeep));
  EXPECT_EQ(checker.check(" [ 1 ] ", kDeep)->text(), "[1]");
  EXPECT_FALSE(checker.check("", kDeep));
  EXPECT_EQ(checker.check("{}", kDeep)->text(), "{}");
}

TEST(JsonChecker, moves_with_its_memory) {
  JsonChecker first;
  const CheckedJson json = *first.check("[1]", kDeep);
  JsonChecker second = std::move(first);
  EXPECT_EQ(json.text(), "[1]");
  EXPECT_EQ(second.check("[2]", kDeep)->text(), "[2]");
}

struct TextCase {
  std::string json;
  std::string want;
};

TEST(CheckedJson, text_has_its_escapes_undone) {
  const TextCase cases[] = {
      {R"("")", ""},
      {R"("plain")", "plain"},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0041\u00e9\u20ac")", "Aé€"},
      {R"("\u00E9\u20AC")", "é€"},
      {R"("\u007f\u0080\u07ff\u0800\uffff")", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
      {R"("\ud800\udc00\udbff\udfff")", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
      {R"("\ud83d\ude00!")", "😀!"},
      {R"("a\u0000b")", "a\0b"s},
      {R"("\\n")", "\\n"},
      {R"("\\\\u0041")", "\\\\u0041"},
      {R"("x\ty\tz")", "x\ty\tz"},
  };
  JsonChecker checker;
  for (const TextCase& c : cases) {
    SCOPED_TRACE(c.json);
    EXPECT_EQ(checker.check(c.json, kDeep)->string(), c.want);
  }
  for (const char* const other : {"1", "null", "true", "{}", "[]", R"(["x"])"}) {
    EXPECT_EQ(checker.check(other, kDeep)->string(), std::nullopt) << other;
  }
}

TEST(CheckedJson, only_a_whole_number_is_an_integer) {
  const std::pair<const char*, std::optional<std::int64_t>> cases[] = {
      {"0", 0},
      {"-0", 0},
      {"42", 42},
      {"-42", -42},
      {"9223372036854775807", INT64_MAX},
      {"-9223372036854775808", INT64_MIN},
      {"9223372036854775808", std::nullopt},
      {"1.0", std::nullopt},
      {"1e3", std::nullopt},
      {"1E3", std::nullopt},
      {R"("1")", std::nullopt},
      {"null", std::nullopt},
      {"true", std::nullopt},
      {"[1]", std::nullopt},
  };
  JsonChecker checker;
  for (const auto& [json, want] : cases) EXPECT_EQ(checker.check(json, kDeep)->integer(), want) << json;
  EXPECT_EQ(CheckedJson().integer(), std::nullopt);
}

TEST(CheckedJson, knows_its_kind) {
  JsonChecker checker;
  const auto kinds = [&](std::string_view text) {
    const CheckedJson json = *checker.check(text, kDeep);
    return fmt::format("{}{}{}{}", json.is_object() ? "o" : "", json.is_array() ? "a" : "", json.is_string() ? "s" : "",
                       json.is_null() ? "n" : "");
  };
  EXPECT_EQ(kinds("{}"), "o");
  EXPECT_EQ(kinds(" [] "), "a");
  EXPECT_EQ(kinds(R"("null")"), "s");
  EXPECT_EQ(kinds(" null "), "n");
  EXPECT_EQ(kinds("1"), "");
  EXPECT_EQ(kinds("false"), "");
}

using Found = std::vector<std::pair<std::string, std::string>>;

Found members(std::string_view text) {
  JsonChecker checker;
  Found out;
  for (MemberScanner scan(*checker.check(text, kDeep)); scan.next();) {
    out.emplace_back(scan.name(), scan.value().text());
  }
  return out;
}

TEST(MemberScanner, finds_names_and_values_in_their_order) {
  const std::pair<const char*, Found> cases[] = {
      {"{}", {}},
      {R"({"a":1})", {{"a", "1"}}},
      {R"({"b": 1.50, "a": -2e9, "b": null})", {{"b", "1.50"}, {"a", "-2e9"}, {"b", "null"}}},
      {R"({"o": {"x": [1, {"y": "}"}]}, "a": [[], {}], "t": true})",
       {{"o", R"({"x":[1,{"y":"}"}]})"}, {"a", "[[],{}]"}, {"t", "true"}}},
      {R"({"quote\"d": "a\"b", "back\\": "\\", "": ""})",
       {{"quote\"d", R"("a\"b")"}, {"back\\", R"("\\")"}, {"", R"("")"}}},
      {R"({"sid": 1, "\ud83d\ude00": 2})", {{"sid", "1"}, {"😀", "2"}}},
      {R"({"a":"]}","b":"{[,:"})", {{"a", R"("]}")"}, {"b", R"("{[,:")"}}},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(members(text), want) << text;
}

TEST(ElementScanner, finds_elements_in_their_order) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"[]", {}},
      {"[1]", {"1"}},
      {"[ 1 , \"a,b\" , null ]", {"1", "\"a,b\"", "null"}},
      {R"([[1,[2]], {"a":[3]}, "]", -1.0])", {"[1,[2]]", R"({"a":[3]})", "\"]\"", "-1.0"}},
  };
  JsonChecker checker;
  for (const auto& [text, want] : cases) {
    std::vector<std::string> found;
    for (ElementScanner scan(*checker.check(text, kDeep)); scan.next();) found.emplace_back(scan.value().text());
    EXPECT_EQ(found, want) << text;
  }
}

// A random value, as text without white space.
std::string random_value(base::SeededRandom& random, std::size_t depth) {
  constexpr std::string_view kScalars[] = {"null",      "true",    "-1.50",        "0", "1e-3", R"("")",
                                           R"("\"]}")", R"("\\")", R"("\u20ac,:")"};
  const std::uint64_t kind = random.below(depth == 0 ? 1 : 3);
  if (kind == 0) return std::string(kScalars[random.below(std::size(kScalars))]);
  std::string out;
  for (std::uint64_t i = random.below(5); i > 0; --i) {
    if (!out.empty()) out += ',';
    if (kind == 1) out += fmt::format("\"m\\\"{}\":", i);
    out += random_value(random, depth - 1);
  }
  return kind == 1 ? "{" + out + "}" : "[" + out + "]";
}

// Puts `json` together again out of what the scanners find in it.
std::string rebuilt(CheckedJson json) {
  std::string out;
  JsonWriter writer(out);
  if (json.is_object()) {
    writer.begin_object();
    for (MemberScanner scan(json); scan.next();) writer.key(scan.name()).raw(rebuilt(scan.value()));
    writer.end_object();
  } else if (json.is_array()) {
    writer.begin_array();
    for (ElementScanner scan(json); scan.next();) writer.raw(rebuilt(scan.value()));
    writer.end_array();
  } else {
    writer.raw(json.text());
  }
  return out;
}

TEST(Scanners, what_they_find_makes_the_whole_again) {
  constexpr std::uint64_t kSeed = 20261123;
  base::SeededRandom random(kSeed);
  JsonChecker checker;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_value(random, 6);
    const auto json = checker.check(text, kDeep);
    ASSERT_TRUE(json) << "seed " << kSeed << ", value " << i << ": " << text;
    EXPECT_EQ(rebuilt(*json), text) << "seed " << kSeed << ", value " << i;
  }
}

}  // namespace
}  // namespace waybill::codec
