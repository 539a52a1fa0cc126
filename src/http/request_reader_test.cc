#include "http/request_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "http/testing/test_server.h"

namespace waybill::http {
namespace {

using State = RequestReader::State;

// What comes of `pieces`, given one after the other as they would arrive: "GET /a ? |POST /b ? body|" and, at the end,
// the status of what is wrong, or what is missing.
std::string check(const ServerLimits& limits, const std::vector<std::string_view>& pieces) {
  RequestReader reader(limits);
  reader.begin();
  std::string out;
  std::string buffered;
  for (const std::string_view piece : pieces) {
    buffered += piece;
    for (bool goes_on = true; goes_on && !buffered.empty();) {
      const std::size_t taken = reader.read(buffered);
      EXPECT_LE(taken, buffered.size());
      buffered.erase(0, taken);
      goes_on = reader.state() == State::kWhole;
      if (reader.state() == State::kFailed) {
        return out + std::to_string(testing::plain_page({reader.problem().error, "", ""}).status);
      }
      if (!goes_on) continue;
      out += testing::shown(reader.take()) + "|";
      reader.begin();
    }
  }
  if (reader.state() == State::kBody) out += "needs body";
  if (reader.state() == State::kHead && !buffered.empty()) out += "needs head";
  return out;
}

TEST(RequestReaderTest, WhereTheBytesAreCutDoesNotMatter) {
  ServerLimits limits;
  limits.body_bytes_max = 100;
  const std::string post = "POST /a HTTP/1.1\r\nHost: h\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string next = "GET /b HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string texts[] = {
      "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n",
      "\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
      post + "Content-Length: 4\r\n\r\nGET " + next,
      chunked + "3;a=\"b\"\r\nabc\r\n01\r\nd\r\n0\r\nA: b\r\n\r\n" + next,
      chunked + "65\r\n",
      // One that does not end in its line, and more of it than its length goes into the limit.
      chunked + "5;a=\"b\r\n" + std::string(200, 'c'),
      chunked + "3\r\nabc\r\n5;a=\"\r\nb\"\r\nabcde\r\n0\r\n\r\n",
      chunked + "3\r\nabcd\r\n",
      "GET /a HTTP/1.1\r\nHost: h\r\nfolded: a\r\n  b\r\n\r\nGET /b HTTP/1.1\r\nno colon\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: h\r\n",
      post + "Content-Length: 4\r\n\r\nabc",
  };
  for (const std::string& text : texts) {
    SCOPED_TRACE(text);
    const std::string whole = check(limits, {text});
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const std::string_view view = text;
      EXPECT_EQ(check(limits, {view.substr(0, cut), view.substr(cut)}), whole) << "cut at " << cut;
    }
    std::vector<std::string_view> bytes;
    for (const char& byte : text) bytes.emplace_back(&byte, 1);
    EXPECT_EQ(check(limits, bytes), whole);
  }
}

// Goal: nothing that comes from outside can break the reader. The sanitizers judge.
TEST(RequestReaderTest, SpoiltRequestsAreReadOrRefused) {
  constexpr std::uint64_t kSeed = 20'261'123;
  SCOPED_TRACE(kSeed);
  base::SeededRandom random(kSeed);
  ServerLimits limits;
  limits.target_bytes_max = 20;
  limits.header_bytes_max = 120;
  limits.body_bytes_max = 20;
  constexpr std::array<std::string_view, 14> kWords = {"GET ",
                                                       "POST /a",
                                                       " HTTP/1.1",
                                                       "\r\n",
                                                       "\r\n\r\n",
                                                       "Host: h\r\n",
                                                       "Content-Length: 5\r\n",
                                                       "\n",
                                                       ":",
                                                       "Transfer-Encoding: chunked\r\n",
                                                       "5\r\nabcde\r\n",
                                                       "0\r\n\r\n",
                                                       "Expect: 100-continue\r\n",
                                                       "GET / HTTP/1.1\r\nHost: h\r\n"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t i = random.below(12); i > 0; --i) text += kWords[random.below(kWords.size())];
    for (std::uint64_t i = random.below(3); i > 0 && !text.empty(); --i) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    const std::string_view view = text;
    const std::size_t cut = random.below(text.size() + 1);
    EXPECT_EQ(check(limits, {view.substr(0, cut), view.substr(cut)}), check(limits, {view})) << text;
  }
}

TEST(RequestReaderTest, TheHeadTellsHowToAnswer) {
  const ServerLimits limits;
  RequestReader reader(limits);
  reader.begin();
  const std::string_view head =
      "HEAD / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: br\r\nAccept-Encoding: gzip\r\nExpect: 100-continue\r\n"
      "Content-Length: 1\r\n\r\n";
  EXPECT_EQ(reader.read(head), head.size());
  EXPECT_EQ(reader.state(), State::kBody);
  EXPECT_TRUE(reader.traits().is_head);
  EXPECT_TRUE(reader.traits().accepts_gzip);
  EXPECT_TRUE(reader.traits().expects_continue);
  EXPECT_TRUE(reader.traits().keep_alive);
  EXPECT_FALSE(reader.traits().is_http_1_0);
  reader.fail(ProtocolError::kTimedOut, "too slow");
  EXPECT_EQ(reader.state(), State::kFailed);
  EXPECT_EQ(reader.problem().detail, "too slow");
  EXPECT_FALSE(reader.traits().keep_alive);
}

TEST(RequestReaderTest, ABodyTakesNoMoreRoomThanItIsLong) {
  constexpr std::size_t kLength = 1'000'003;
  const ServerLimits limits;
  RequestReader reader(limits);
  reader.begin();
  reader.read(fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", kLength));
  for (std::size_t sent = 0; sent < kLength; sent += 1009) {
    ASSERT_EQ(reader.state(), State::kBody);
    reader.read(std::string(std::min<std::size_t>(1009, kLength - sent), 'x'));
    EXPECT_LE(reader.body_capacity(), kLength);
  }
  EXPECT_EQ(reader.state(), State::kWhole);
  EXPECT_EQ(reader.take().body, std::string(kLength, 'x'));
}

TEST(RequestReaderTest, WhatHasFailedHoldsNoBody) {
  const ServerLimits limits;
  RequestReader reader(limits);
  reader.begin();
  reader.read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nabc");
  EXPECT_GE(reader.body_capacity(), 100'000U);
  reader.fail(ProtocolError::kOverloaded, "too many");
  EXPECT_LT(reader.body_capacity(), 100U);
}

}  // namespace
}  // namespace waybill::http
