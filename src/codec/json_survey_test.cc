#include "codec/json_survey.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/json_grammar.h"

namespace waybill::codec {
namespace {

JsonSurvey survey(std::string_view text) {
  std::string brackets = "left from before";
  return survey_json(text, brackets);
}

TEST(JsonSurvey, ValuesOfTheGrammarAreJson) {
  struct Case {
    const char* text;
    bool is_compact;
    std::size_t nesting;
  };
  const Case cases[] = {
      {"0", true, 0},
      {"-1.5e+300", true, 0},
      {"1E999", true, 0},
      {"123456789012345678901234567890", true, 0},
      {"null", true, 0},
      {"true", true, 0},
      {"false", true, 0},
      {R"("")", true, 0},
      {R"("\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00")", true, 0},
      {"{}", true, 0},
      {"[]", true, 0},
      {"[ ]", false, 0},
      {"[[],{}]", true, 1},
      {R"({"a":{"b":[1,"x",null]},"c":{}})", true, 3},
      {" 1", false, 0},
      {"1\n", false, 0},
      {"{ \"a\"\t:\r[ 1 , 2 ] }", false, 2},
      {"\"a b\"", true, 0},
      {"\"\xc3\xa9\"", true, 0},
  };
  for (const Case& c : cases) {
    const JsonSurvey found = survey(c.text);
    EXPECT_TRUE(found.is_json) << c.text;
    EXPECT_EQ(found.is_compact, c.is_compact) << c.text;
    EXPECT_EQ(found.nesting, c.nesting) << c.text;
  }
}

TEST(JsonSurvey, EverythingElseIsNot) {
  for (const std::string_view text : {"",
                                      " ",
                                      "x",
                                      "nul",
                                      "nulls",
                                      "tru",
                                      "+1",
                                      "01",
                                      "-",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e+",
                                      "\"",
                                      "\"\\",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\\u12g4\"",
                                      "\"\\ud83d\"",
                                      "\"\\ude00\"",
                                      "\"\\ud83d\\u0041\"",
                                      "\"\n\"",
                                      "{",
                                      "[",
                                      "[1",
                                      "[1,",
                                      "[1,]",
                                      "[,]",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{1:1}",
                                      "{\"a\" 1}",
                                      "[1 2]",
                                      "1 2",
                                      "[1}",
                                      "{\"a\":1]",
                                      "]",
                                      "}",
                                      ",",
                                      ":",
                                      "\"\xff\"",
                                      "\"\xc3\"",
                                      "\xef\xbb\xbf{}"}) {
    EXPECT_FALSE(survey(text).is_json) << text;
  }
  EXPECT_FALSE(survey(std::string_view("\0", 1)).is_json);
  EXPECT_FALSE(survey(std::string_view("1\0", 2)).is_json);
}

TEST(JsonSurvey, HoweverDeepItIsNested) {
  const std::size_t depth = 1'000'000;
  const std::string text = std::string(depth, '[') + "1" + std::string(depth, ']');
  EXPECT_TRUE(survey(text).is_json);
  EXPECT_EQ(survey(text).nesting, depth);
  EXPECT_FALSE(survey(text.substr(0, text.size() - 1)).is_json);
}

TEST(JsonSurvey, CompactingLeavesStringsAlone) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "{}"},
      {" { \"a b\" :\n[ 1 ,\t\"\\\" x\" , null ] }\r\n", "{\"a b\":[1,\"\\\" x\",null]}"},
      {" 1 ", "1"},
      {"\" \"", "\" \""},
  };
  for (const auto& [text, want] : cases) {
    std::string out = "left from before";
    compact_json(text, out);
    EXPECT_EQ(out, want);
  }
}

// Small changes of a text, by a seed that a failure prints.
std::string changed(std::string text, base::SeededRandom& random) {
  constexpr std::string_view kPieces = "{}[]:,\"\\ue0d8-+.1 \n\tntf\xff\xc3\xa9";
  for (auto changes = random.between(1, 3); changes > 0; --changes) {
    const std::size_t at = random.below(text.size());
    const char piece = kPieces[random.below(kPieces.size())];
    switch (random.below(3)) {
      case 0: text[at] = piece; break;
      case 1: text.insert(at, 1, piece); break;
      default: text.erase(at, 1); break;
    }
  }
  return text;
}

TEST(JsonSurvey, AgreesWithTheGrammarsReader) {
  const std::string text = R"({"sid":"EV1","n":[1,-2.5e3,true,false,null,{}],"t":"a\"\\\u00e9\ud83d\ude00 )"
                           "\xc3\xa9"
                           R"(","o":{"p":[[],"q"]}})";
  base::SeededRandom random(7);
  std::size_t sound = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string input = changed(text, random);
    CleanJson clean;
    const bool is_read = read_json(input, clean).has_value() && clean.replaced.empty();
    const JsonSurvey found = survey(input);
    ASSERT_EQ(found.is_json, is_read) << round << ": " << input;
    if (!is_read) continue;
    ++sound;
    std::string compacted;
    compact_json(input, compacted);
    ASSERT_EQ(compacted, clean.text) << round;
    ASSERT_EQ(found.is_compact, input == clean.text) << round << ": " << input;
    ASSERT_EQ(found.nesting, clean.nesting) << round;
  }
  EXPECT_GT(sound, 1000U);
}

}  // namespace
}  // namespace waybill::codec
