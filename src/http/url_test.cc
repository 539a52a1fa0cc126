#include "http/url.h"

#include <gtest/gtest.h>

namespace waybill::http {
namespace {

TEST(UrlTest, PercentEncodingLeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b+c/d%e?f&g=h"), "a%20b%2Bc%2Fd%25e%3Ff%26g%3Dh");
  EXPECT_EQ(percent_encode("\xc3\xa4"), "%C3%A4");
  EXPECT_EQ(percent_encode(std::string_view("\0", 1)), "%00");
  EXPECT_EQ(percent_encode(""), "");
}

TEST(UrlTest, PercentDecodingUndoesItForEveryByte) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  const auto decoded = percent_decode(percent_encode(every_byte));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(*decoded, every_byte);
}

TEST(UrlTest, PercentDecodingTakesEitherCaseAndKeepsThePlus) { EXPECT_EQ(percent_decode("%2f%2F+").value(), "//+"); }

TEST(UrlTest, APercentSignWithoutTwoHexDigitsIsRefused) {
  for (const std::string_view text : {"%", "a%", "%4", "%4g", "%g4", "%%41", "% 1", "%-1", "a%4"}) {
    SCOPED_TRACE(text);
    const auto decoded = percent_decode(text);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_FALSE(parse_form(text));
    EXPECT_FALSE(parse_form("a=" + std::string(text)));
  }
}

TEST(UrlTest, FormsAreReadInTheirOrder) {
  struct Case {
    std::string_view text;
    Parameters want;
  };
  const Case cases[] = {
      {"", {}},
      {"&&", {}},
      {"a=1", {{"a", "1"}}},
      {"a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
      {"&a=1&&b=2&", {{"a", "1"}, {"b", "2"}}},
      {"a", {{"a", ""}}},
      {"a=", {{"a", ""}}},
      {"=1", {{"", "1"}}},
      {"=", {{"", ""}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"a+b=c+d", {{"a b", "c d"}}},
      {"a%26b=c%3Dd%2B", {{"a&b", "c=d+"}}},
      {"Name=J%C3%BCrgen", {{"Name", "J\xc3\xbcrgen"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_form(c.text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(*parsed, c.want);
  }
}

TEST(UrlTest, OfASenderWhoCannotBeCorrectedABadEscapeIsText) {
  const Parameters want = {{"a", "100%"}, {"b%", "%zz A"}, {"c", "%%41"}, {"d", "%"}};
  EXPECT_EQ(read_form("a=100%&b%=%zz+%41&c=%%2541&d=%"), want);
  EXPECT_EQ(read_form("a=1&&b=%41"), (Parameters{{"a", "1"}, {"b", "A"}}));
}

TEST(UrlTest, EncodedFormsAreReadBackTheSame) {
  const Parameters parameters = {{"a b", "c+d"}, {"", ""}, {"x&y", "=%"}, {"x&y", "twice"}};
  EXPECT_EQ(encode_form(parameters), "a%20b=c%2Bd&=&x%26y=%3D%25&x%26y=twice");
  EXPECT_EQ(parse_form(encode_form(parameters)).value(), parameters);
}

TEST(UrlTest, AbsoluteUrlsFallIntoTheirParts) {
  struct Case {
    std::string_view text, scheme, authority, path;
  };
  const Case cases[] = {
      {"http://localhost", "http", "localhost", "/"},
      {"HTTPS://Example.org/A/b?c=d", "https", "Example.org", "/A/b?c=d"},
      {"http://127.0.0.1:8080/", "http", "127.0.0.1:8080", "/"},
      {"http://[::1]:8080/x", "http", "[::1]:8080", "/x"},
      {"http://[::1]", "http", "[::1]", "/"},
      {"http://host?q=1", "http", "host", "/?q=1"},
      {"http://host/a#fragment", "http", "host", "/a"},
      {"http://host#fragment", "http", "host", "/"},
      {"http://host/a@b:c", "http", "host", "/a@b:c"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto url = parse_url(c.text);
    ASSERT_TRUE(url) << url.error().message();
    EXPECT_EQ(url->scheme, c.scheme);
    EXPECT_EQ(url->authority, c.authority);
    EXPECT_EQ(url->path, c.path);
  }
}

TEST(UrlTest, WhatIsNoHttpUrlIsRefused) {
  for (const std::string_view text : {"",
                                      "host",
                                      "/path",
                                      "//host/",
                                      "http:/host",
                                      "http://",
                                      "http:///path",
                                      "http://?q",
                                      "ftp://host/",
                                      "file:///etc/passwd",
                                      "http://:80/",
                                      "http://host:/",
                                      "http://host:0/",
                                      "http://host:65536/",
                                      "http://host:+80/",
                                      "http://host:8a/",
                                      "http://ho st/",
                                      "http://host/a b",
                                      "http://host/\r\nX: y",
                                      "http://user@host/",
                                      "http://user:secret@host/",
                                      "http://[::1/",
                                      "http://[]/",
                                      "http://[::1]x/",
                                      "http://[zz]/",
                                      "http://::1/",
                                      "http://a/\x7f",
                                      "http://h\xc3\xa4/"}) {
    SCOPED_TRACE(text);
    const auto url = parse_url(text);
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().code(), base::ErrorCode::kInvalidArgument);
  }
}

TEST(UrlTest, ARefusalDoesNotShowUserInformation) {
  EXPECT_EQ(parse_url("http://user:secret@host/").error().message().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace waybill::http
