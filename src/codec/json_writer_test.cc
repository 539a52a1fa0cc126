#include "codec/json_writer.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "codec/json_scan.h"

namespace waybill::codec {
namespace {

using std::string_literals::operator""s;

TEST(JsonWriter, puts_commas_where_they_belong) {
  std::string out = "before ";
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("empty").begin_object().end_object();
  writer.key("none").begin_array().end_array();
  writer.key("list").begin_array();
  writer.number(1).text("two").boolean(true).boolean(false).null().raw(R"({"raw":6})");
  writer.begin_object().member("a", "b").end_object();
  writer.begin_array().begin_array().end_array().number(7).end_array();
  writer.end_array();
  writer.member("last", "");
  writer.end_object();
  EXPECT_EQ(out,
            R"(before {"empty":{},"none":[],"list":[1,"two",true,false,null,{"raw":6},{"a":"b"},[[],7]],"last":""})");
}

TEST(JsonWriter, a_value_may_stand_alone) {
  std::string out;
  JsonWriter(out).text("x");
  EXPECT_EQ(out, R"("x")");
}

TEST(JsonWriter, writes_numbers_to_their_ends) {
  std::string out;
  JsonWriter(out).begin_array().number(0).number(INT64_MAX).number(INT64_MIN).end_array();
  EXPECT_EQ(out, "[0,9223372036854775807,-9223372036854775808]");
}

TEST(JsonWriter, a_name_is_escaped_like_a_text) {
  std::string out;
  JsonWriter(out).begin_object().member("a\"b\n", "\\").end_object();
  EXPECT_EQ(out, R"({"a\"b\n":"\\"})");
}

TEST(AppendJsonString, escapes_only_what_must_be) {
  const struct {
    std::string text;
    std::string_view want;
  } cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\"\\/", R"("\"\\/")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
      {"a\0b"s, R"("a\u0000b")"},
      {"é€😀", "\"é€😀\""},
      {"</script>&'", R"("</script>&'")"},
      {"\"at both ends\"", R"("\"at both ends\"")"},
  };
  for (const auto& c : cases) {
    std::string out;
    append_json_string(out, c.text);
    EXPECT_EQ(out, c.want);
  }
}

TEST(AppendJsonString, every_character_comes_back_from_the_reader) {
  std::string text;
  for (int c = 0; c < 0x80; ++c) text += static_cast<char>(c);
  text += "é€😀";
  std::string out;
  append_json_string(out, text);
  JsonChecker checker;
  const auto json = checker.check(out, 1);
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ(json->text(), out);
  EXPECT_EQ(json->string(), text);
}

}  // namespace
}  // namespace waybill::codec
