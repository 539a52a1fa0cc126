#include "base/bytes.h"

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

TEST(Bytes, integers_stand_little_end_first_and_read_back_at_any_address) {
  std::string out = "x";
  put_le<std::uint8_t>(out, 0xfe);
  put_le<std::uint16_t>(out, 0x0102);
  put_le<std::uint32_t>(out, 0x03040506);
  put_le<std::int64_t>(out, -2);
  EXPECT_EQ(out, "x\xfe\x02\x01\x06\x05\x04\x03\xfe\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(get_le<std::uint8_t>(out, 1), 0xfe);
  EXPECT_EQ(get_le<std::uint16_t>(out, 2), 0x0102);
  EXPECT_EQ(get_le<std::uint32_t>(out, 4), 0x03040506U);
  EXPECT_EQ(get_le<std::int64_t>(out, 8), -2);
}

TEST(Bytes, integers_at_their_ends_survive) {
  for (const std::int64_t value :
       {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
    std::string out;
    put_le(out, value);
    EXPECT_EQ(get_le<std::int64_t>(out, 0), value);
  }
}

TEST(Bytes, hex_there_and_back) {
  const std::vector<std::uint8_t> bytes = {0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
  EXPECT_EQ(to_hex({}), "");

  struct Case {
    std::string_view text;
    bool accepted;
  };
  const Case cases[] = {
      {"000fa0ff", true},    {"000FA0Ff", true},  {"000fa0f", false},   {"000fa0ff0", false},
      {"000fa0ff00", false}, {"", false},         {"000fa0fg", false},  {"000fa0 f", false},
      {"0x0fa0ff", false},   {"000fa0-f", false}, {"000fa0f\n", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    std::vector<std::uint8_t> out(4);
    EXPECT_EQ(from_hex(c.text, out), c.accepted);
    EXPECT_TRUE(!c.accepted || out == bytes);
  }
}

TEST(Bytes, base64_of_the_standard) {
  struct Case {
    std::string bytes;
    std::string_view text;
    std::string_view url_text;
  };
  const Case cases[] = {
      // RFC 4648 §10.
      {"", "", ""},
      {"f", "Zg==", "Zg"},
      {"fo", "Zm8=", "Zm8"},
      {"foo", "Zm9v", "Zm9v"},
      {"foob", "Zm9vYg==", "Zm9vYg"},
      {"fooba", "Zm9vYmE=", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
      // The two characters in which the alphabets differ, and bytes that are no text.
      {"\xfb\xff\xbf", "+/+/", "-_-_"},
      {"\0\0"s, "AAA=", "AAA"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(to_base64(c.bytes), c.text);
    EXPECT_EQ(to_base64_url(c.bytes), c.url_text);
    EXPECT_EQ(from_base64(c.text), c.bytes);
    EXPECT_EQ(from_base64_url(c.url_text), c.bytes);
  }
}

// One value has one text, so that a token cannot be altered and still be taken.
TEST(Bytes, base64_takes_only_what_the_encoder_writes) {
  const std::string_view padded[] = {"Zg",   "Zg=",      "Zg===",    "Zh==",      "Zm9=", "=",        "====",
                                     "Z===", "Zg==Zg==", "Zm9v====", "Zm9vYg=\n", "-_-_", "Zm 9v===", "Zm9v "};
  for (const std::string_view text : padded) {
    SCOPED_TRACE(text);
    EXPECT_EQ(from_base64(text), std::nullopt);
  }
  const std::string_view bare[] = {"Z", "Zm9vY", "Zh", "Zm9", "Zg==", "+/+/", "Zm9v\n", " Zm9v", "Zm9v."};
  for (const std::string_view text : bare) {
    SCOPED_TRACE(text);
    EXPECT_EQ(from_base64_url(text), std::nullopt);
  }
}

TEST(Bytes, text_and_bytes_are_two_views_of_the_same) {
  const std::string text = "a\0\xff"s;
  const auto bytes = as_bytes(text);
  ASSERT_EQ(bytes.size(), 3U);
  EXPECT_EQ(bytes[2], 0xff);
  EXPECT_EQ(as_text(bytes), text);
}

}  // namespace
}  // namespace waybill::base
