#include "api/page_token.h"

#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/time_text.h"

namespace waybill::api {
namespace {

constexpr std::string_view kSecret = "a secret of the store";
constexpr std::string_view kBinding = "events|AC1|WS1|EventType=task.created";

PageMark mark(PageSide side = PageSide::kAfter) {
  return {side,
          {base::from_ms(1'795'428'005'412), model::Position{123'456}},
          model::Position{999'999},
          base::from_ms(1'795'427'105'000),
          base::kTimeMax,
          0x0123'4567'89ab'cdef};
}

std::string token(const PageMark& of = mark()) { return encode_page_token(of, kSecret, kBinding); }

void expect_refused(std::string_view text, std::string_view secret = kSecret, std::string_view binding = kBinding) {
  const auto decoded = decode_page_token(text, secret, binding);
  ASSERT_FALSE(decoded) << text;
  EXPECT_EQ(decoded.error().status, 400);
  EXPECT_EQ(decoded.error().code, 21481);
  EXPECT_NE(decoded.error().message.find("PageToken"), std::string::npos);
}

TEST(PageToken, comes_back_as_the_mark_it_was_made_of) {
  constexpr auto kNumberMax = std::numeric_limits<std::uint64_t>::max();
  const PageMark marks[] = {
      mark(),
      mark(PageSide::kBefore),
      {},
      {PageSide::kBefore, {base::kTimeMin, model::Position{0}}, model::Position{0}, base::kTimeMin, base::kTimeMin, 0},
      {PageSide::kAfter,
       {base::kTimeMax, model::Position{kNumberMax}},
       model::Position{kNumberMax},
       base::kTimeMax,
       base::kTimeMax,
       kNumberMax},
      {PageSide::kAfter,
       {base::from_ms(-1), model::Position{1}},
       model::Position{1},
       base::from_ms(-1),
       base::from_ms(0),
       1},
  };
  for (const PageMark& each : marks) {
    const std::string text = token(each);
    const auto decoded = decode_page_token(text, kSecret, kBinding);
    ASSERT_TRUE(decoded) << text;
    EXPECT_EQ(*decoded, each);
    EXPECT_EQ(text.substr(0, 2), each.side == PageSide::kAfter ? "PA" : "PB");
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos)
        << "must stand in a URL as it is: " << text;
  }
}

TEST(PageToken, every_change_of_a_byte_is_refused) {
  const std::string good = token();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string torn = good;
      torn[at] = static_cast<char>(value);
      if (torn != good) expect_refused(torn);
    }
  }
}

TEST(PageToken, every_piece_of_one_is_refused) {
  const std::string good = token();
  for (std::size_t length = 0; length < good.size(); ++length) {
    expect_refused(good.substr(0, length));
    expect_refused(good.substr(good.size() - length));
    expect_refused("PA" + good.substr(2 + std::min(length, good.size() - 3) + 1));
  }
  for (const char* const more : {"A", "=", "==", " ", "AAAA", "\n"}) expect_refused(good + more);
  expect_refused(good + good);
}

TEST(PageToken, is_good_for_one_binding_and_one_secret) {
  for (const char* const binding :
       {"", "events|AC1|WS1|EventType=task.create", "events|AC1|WS1|EventType=task.created ",
        "events|AC1|WS2|EventType=task.created", "events|AC2|WS1|EventType=task.created", "events|AC1|WS1|"}) {
    expect_refused(token(), kSecret, binding);
  }
  for (const char* const secret : {"", "a secret of another store"}) expect_refused(token(), secret);
}

TEST(PageToken, after_does_not_become_before) {
  std::string text = token();
  text[1] = 'B';
  expect_refused(text);
}

TEST(PageToken, what_only_looks_like_one_is_refused) {
  for (const char* const text : {"", "P", "PA", "PB", "PC", "pa", "PAEV0123456789abcdef0123456789abcdef",
                                 "PAWS0123456789abcdef0123456789abcdef", "0", "1", "PT0", "%", "PA%3D", "PA!!!!"}) {
    expect_refused(text);
  }
  // As long as a token, and base64url of nothing in particular.
  expect_refused("PA" + base::to_base64_url(std::string(65, '\0')));
  expect_refused("PA" + base::to_base64_url(std::string(65, '\x01')));
}

TEST(BarePageToken, is_a_side_and_the_sid_of_an_event) {
  const auto after = parse_bare_page_token("PAEV0123456789abcdef0123456789ABCDEF");
  ASSERT_TRUE(after);
  EXPECT_EQ(after->side, PageSide::kAfter);
  EXPECT_EQ(after->sid.to_text(), "EV0123456789abcdef0123456789abcdef");
  const auto before = parse_bare_page_token("PBEV0123456789abcdef0123456789abcdef");
  ASSERT_TRUE(before);
  EXPECT_EQ(before->side, PageSide::kBefore);

  for (const char* const text : {"", "PA", "PB", "EV0123456789abcdef0123456789abcdef",
                                 "PCEV0123456789abcdef0123456789abcdef", "paEV0123456789abcdef0123456789abcdef",
                                 "PAev0123456789abcdef0123456789abcdef", "PAWT0123456789abcdef0123456789abcdef",
                                 "PAEV0123456789abcdef0123456789abcde", "PAEV0123456789abcdef0123456789abcdef0",
                                 "PA EV0123456789abcdef0123456789abcdef", "PAPAEV0123456789abcdef0123456789abcdef"}) {
    EXPECT_FALSE(parse_bare_page_token(text)) << text;
  }
  EXPECT_FALSE(parse_bare_page_token(token()));
}

}  // namespace
}  // namespace waybill::api
