#include "codec/json_grammar.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "codec/json_scan.h"

namespace waybill::codec {
namespace {

using namespace std::string_literals;  // NOLINT(google-build-using-namespace)

struct Taken {
  std::string text;
  std::string clean;
  std::vector<std::string> replaced;
};

TEST(JsonGrammar, what_is_no_text_is_replaced_and_its_spelling_is_known) {
  const Taken cases[] = {
      {R"({"a":"cut \ud83d"})", "{\"a\":\"cut \xef\xbf\xbd\"}", {R"("cut \ud83d")"}},
      {R"({"a":"\udc00 is the other half"})",
       "{\"a\":\"\xef\xbf\xbd is the other half\"}",
       {R"("\udc00 is the other half")"}},
      {R"(["\ud83d\ud83d\ude00"])", "[\"\xef\xbf\xbd\\ud83d\\ude00\"]", {R"("\ud83d\ud83d\ude00")"}},
      {R"(["\ud83dx","\ud83d\n"])", "[\"\xef\xbf\xbdx\",\"\xef\xbf\xbd\\n\"]", {R"("\ud83dx")", R"("\ud83d\n")"}},
      {"{\"caf\xe9\":\"caf\xe9\"}", "{\"caf\xef\xbf\xbd\":\"caf\xef\xbf\xbd\"}", {"\"caf\xe9\"", "\"caf\xe9\""}},
      // A character cut off is one replacement; what no character begins with is one for each byte.
      {"[\"\xe2\x82\"]", "[\"\xef\xbf\xbd\"]", {"\"\xe2\x82\""}},
      {"[\"\xff\xfe\"]", "[\"\xef\xbf\xbd\xef\xbf\xbd\"]", {"\"\xff\xfe\""}},
      {"[\"\xed\xa0\xbd\"]", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]", {"\"\xed\xa0\xbd\""}},
      {"[\"\xc0\xaf\"]", "[\"\xef\xbf\xbd\xef\xbf\xbd\"]", {"\"\xc0\xaf\""}},
      {"[\"\xf4\x90\x80\x80\"]", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]", {"\"\xf4\x90\x80\x80\""}},
      {"[\"\xf0\x9f\x8e\x89\",\"\xff\"]", "[\"\xf0\x9f\x8e\x89\",\"\xef\xbf\xbd\"]", {"\"\xff\""}},
  };
  for (const Taken& c : cases) {
    CleanJson out;
    const auto read = read_json(c.text, out);
    ASSERT_TRUE(read) << c.text << ": " << read.error().message();
    EXPECT_EQ(out.text, c.clean);
    ASSERT_EQ(out.replaced.size(), c.replaced.size()) << c.text;
    for (std::size_t i = 0; i < c.replaced.size(); ++i) {
      EXPECT_EQ(out.replaced[i].raw, c.replaced[i]) << c.text;
      EXPECT_EQ(out.text[out.replaced[i].begin], '"') << c.text;
    }
  }
}

TEST(JsonGrammar, all_else_that_the_grammar_allows_stays_as_it_is) {
  const std::string_view cases[] = {
      "0",
      "-0",
      "1e999",
      "-1E+999",
      "123456789012345678901234567890",
      "0.1e-5",
      "true",
      "false",
      "null",
      "\"\"",
      R"("a\u0000b\/\b\f\n\r\t\"\\")",
      R"("\ud83d\ude00")",
      "{}",
      "[]",
      R"({"a":{},"b":[[],{}]})",
      R"({"":0,"":1})",
  };
  for (const std::string_view text : cases) {
    CleanJson out;
    const auto read = read_json(text, out);
    ASSERT_TRUE(read) << text << ": " << read.error().message();
    EXPECT_EQ(out.text, text);
    EXPECT_TRUE(out.replaced.empty()) << text;
  }
  CleanJson out;
  ASSERT_TRUE(read_json(" { \"a\" : [ 1 , { \"b\" : 2 } ] ,\r\n\t\"c\":\"d e\" } ", out));
  EXPECT_EQ(out.text, R"({"a":[1,{"b":2}],"c":"d e"})");
  EXPECT_EQ(out.nesting, 3U);
  ASSERT_EQ(out.members.size(), 2U);
  EXPECT_EQ(out.members[0].raw, "[ 1 , { \"b\" : 2 } ]");
  EXPECT_EQ(out.members[1].raw, "\"d e\"");
}

TEST(JsonGrammar, what_it_does_not_allow_is_refused) {
  const std::string cases[] = {
      "",          " ",     "{",          "[",    "[1",       "{\"a\"",    "{\"a\":",    "{\"a\":1",
      "{\"a\" 1}", "{a:1}", "{\"a\":1,}", "[1,]", "[,1]",     "[1 2]",     "[1]]",       "1 2",
      "01",        "-",     "1.",         ".5",   "1e",       "+1",        "0x10",       "NaN",
      "Infinity",  "tru",   "'a'",        "\"a",  "\"a\tb\"", "\"a\0b\""s, R"("\x41")",  R"("\u12g4")",
      R"("\u123)", "[1}",   "{\"a\":1]",  "\xff", "[\xff]",   "// c\n1",   "{\"a\":1}}", "\xef\xbb\xbf{}",
  };
  for (const std::string& text : cases) {
    CleanJson out;
    const auto read = read_json(text, out);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message().find("is not valid JSON: at byte "), std::string::npos) << text;
  }
}

TEST(JsonGrammar, nesting_takes_no_stack) {
  const std::size_t depth = 1'000'000;
  CleanJson out;
  ASSERT_TRUE(read_json(std::string(depth, '[') + "1" + std::string(depth, ']'), out));
  EXPECT_EQ(out.nesting, depth);
  EXPECT_FALSE(read_json(std::string(depth, '['), out));
}

struct Split {
  std::string_view name;
  std::string text;
  std::vector<std::string> elements;
  bool is_closed = true;
};

TEST(JsonGrammar, an_element_that_is_broken_costs_itself_alone) {
  const std::string one = R"({"sid":"EV1","event_data":{"list":[{"x":1},{"y":2}]}})";
  const std::string two = R"({"sid":"EV2"})";
  const Split cases[] = {
      {"whole", "[ " + one + " , " + two + " ]", {one, two}},
      {"empty", "[ ]", {}},
      {"a word", "[" + one + ",{\"sid\":nothing}," + two + "]", {one, "{\"sid\":nothing}", two}},
      {"at the end", "[" + one + ",{\"sid\":nothing}]", {one, "{\"sid\":nothing}"}},
      {"no bracket",
       "[{\"sid\":\"EV0\",\"event_data\":{\"a\":1," + one + "," + two + "]",
       {"{\"sid\":\"EV0\",\"event_data\":{\"a\":1", one, two}},
      {"no quote", "[{\"sid\":\"EV0,\"b\":1}," + one + "," + two + "]", {"{\"sid\":\"EV0,\"b\":1}", one, two}},
      {"inner objects are no events",
       "[{\"sid\":\"EV0\",\"a\":[{\"x\":1},{\"x\":2}],bad}," + two + "]",
       {"{\"sid\":\"EV0\",\"a\":[{\"x\":1},{\"x\":2}],bad}", two}},
      {"no comma", "[" + one + " " + two + "]", {one, two}},
      {"a comma too many", "[" + one + ",," + two + "]", {one, "", two}},
      {"cut off",
       "[" + one + ",{\"sid\":\"EV2\",\"a\":[\"b\"],\"c",
       {one, "{\"sid\":\"EV2\",\"a\":[\"b\"],\"c"},
       false},
  };
  for (const Split& c : cases) {
    const ArrayElements found = read_elements(c.text, 0, Around::kNothing);
    const std::vector<std::string> elements(found.elements.begin(), found.elements.end());
    EXPECT_EQ(elements, c.elements) << c.name;
    EXPECT_EQ(found.is_closed, c.is_closed) << c.name;
    EXPECT_EQ(found.end, c.text.size()) << c.name;
  }
}

TEST(JsonGrammar, where_the_search_takes_too_long_whole_events_are_found_still) {
  const auto event = [](int i) {
    return "{\"sid\":\"EV" + std::to_string(i) + R"(","event_data":{"list":[{"x":1},{"y":2}]}})";
  };
  constexpr int kTimes = 200;
  std::string text = "[";
  for (int i = 0; i < kTimes; ++i) text.append(i == 0 ? "" : " , ").append(R"({"a":[1, )").append(event(i));
  text += R"(,{"sid":"EV","cut":)";
  const ArrayElements found = read_elements(text, 0, Around::kNothing);
  std::vector<std::string> want;
  for (int i = 0; i < kTimes; ++i) {
    want.emplace_back(R"({"a":[1)");
    want.push_back(event(i));
  }
  want.emplace_back(R"({"sid":"EV","cut":)");
  EXPECT_EQ(std::vector<std::string>(found.elements.begin(), found.elements.end()), want);
  EXPECT_FALSE(found.is_closed);
  // What is in pieces all over is one element, and takes no longer.
  std::string broken = "[";
  for (int i = 0; i < 100'000; ++i) broken += R"({"a":[1,{"b":2},)";
  EXPECT_LE(read_elements(broken, 0, Around::kNothing).elements.size(), 2U);
}

TEST(JsonGrammar, an_array_inside_of_an_object_ends_where_the_object_goes_on) {
  const std::string text = R"([{"sid":"EV1"},{"sid":bad}],"meta":{"page":0}})";
  const ArrayElements found = read_elements(text, 0, Around::kObject);
  ASSERT_EQ(found.elements.size(), 2U);
  EXPECT_TRUE(found.is_closed);
  EXPECT_EQ(text.substr(found.end), R"(,"meta":{"page":0}})");
  for (const std::string cut : {R"([{"sid":"EV1"},{"sid":"EV)", R"([{"sid":"EV1"},{"x":["a"]})",
                                R"([{"sid":"EV1"},{"x":["a"],"y":1})", R"([{"sid":"EV1"})", "[", R"([{"x":"]},)"}) {
    EXPECT_FALSE(read_elements(cut, 0, Around::kObject).is_closed) << cut;
  }
}

}  // namespace
}  // namespace waybill::codec
