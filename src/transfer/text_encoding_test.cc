#include "transfer/text_encoding.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::transfer {
namespace {

using std::string_literals::operator""s;

// The text of such bytes; an error as its message.
std::string decoded(const std::string& bytes, std::optional<Encoding> wanted, std::size_t piece) {
  const auto text = decode_text(bytes_of(bytes, piece), wanted);
  if (!text) return text.error().message();
  std::string out;
  for (;;) {
    const auto more = (*text)->read(out);
    if (!more) return more.error().message();
    if (!*more) return out;
  }
}

// ASCII as UTF-16.
std::string utf16(std::string_view text, bool low_first) {
  std::string out;
  for (const char c : text) out += low_first ? std::string{c, '\0'} : std::string{'\0', c};
  return out;
}

TEST(TextEncoding, is_told_by_marks_and_by_zeros) {
  const std::string text = "{\"a\":\"b\"}\n";
  const std::string cases[] = {
      text,
      "\xef\xbb\xbf" + text,
      "\xff\xfe" + utf16(text, true),
      "\xfe\xff" + utf16(text, false),
      utf16(text, true),
      utf16(text, false),
  };
  for (const std::string& bytes : cases) {
    for (const std::size_t piece : {1UL, 3UL, 1000UL}) EXPECT_EQ(decoded(bytes, std::nullopt, piece), text);
  }
}

TEST(TextEncoding, characters_beyond_ascii_become_utf_8) {
  const struct {
    std::string bytes;
    std::optional<Encoding> wanted;
    std::string text;
  } cases[] = {
      {"\xff\xfe\xe9\0\xac\x20\x3d\xd8\0\xde"s, std::nullopt, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"\xfe\xff\0\xe9\x20\xac\xd8\x3d\xde\0"s, std::nullopt, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      // Half a pair stays what it is: bytes that are no UTF-8.
      {"\xff\xfe\x3d\xd8"
       "a\0"s,
       std::nullopt,
       "\xed\xa0\xbd"
       "a"},
      {"\xff\xfe\x3d\xd8"s, std::nullopt, "\xed\xa0\xbd"},
      {"a\xe9\x80\x9f\x8d\xff", Encoding::kWindows1252, "a\xc3\xa9\xe2\x82\xac\xc5\xb8\xc2\x8d\xc3\xbf"},
      {"a\xe9\x80", Encoding::kLatin1, "a\xc3\xa9\xc2\x80"},
      {"a\xe9", Encoding::kUtf8, "a\xe9"},
      {"a\xe9", std::nullopt, "a\xe9"},
      {"", std::nullopt, ""},
      {"\xef\xbb", std::nullopt, "\xef\xbb"},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {1UL, 2UL, 1000UL}) EXPECT_EQ(decoded(c.bytes, c.wanted, piece), c.text);
  }
}

TEST(TextEncoding, what_contradicts_itself_is_refused) {
  EXPECT_EQ(decoded("\xff\xfe"
                    "a",
                    std::nullopt, 1),
            "the UTF-16 text ends in the middle of a character: the file was cut off");
  EXPECT_EQ(decoded("\xef\xbb\xbf{}", Encoding::kWindows1252, 10),
            "begins with the mark of utf-8, and not as windows-1252 would; leave --encoding out");
}

TEST(TextEncoding, names_are_known_in_any_case) {
  for (const Encoding encoding :
       {Encoding::kUtf8, Encoding::kUtf16Le, Encoding::kUtf16Be, Encoding::kWindows1252, Encoding::kLatin1}) {
    EXPECT_EQ(parse_encoding(to_text(encoding)).value_or(Encoding::kUtf8), encoding);
  }
  EXPECT_EQ(parse_encoding("Windows-1252").value_or(Encoding::kUtf8), Encoding::kWindows1252);
  const auto other = parse_encoding("Shift_JIS");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message().find("iconv -f Shift_JIS -t UTF-8"), std::string::npos);
}

}  // namespace
}  // namespace waybill::transfer
