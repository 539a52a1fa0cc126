#include "http/gunzip.h"

#include <gtest/gtest.h>

#include "http/gzip.h"

namespace waybill::http {
namespace {

std::string zipped(const std::string& text) { return Gzip().compress(text).value(); }

TEST(Gunzip, GivesBackWhatWasCompressed) {
  for (const std::size_t size : {100UL, 10'000UL, 3'000'000UL}) {
    const std::string text(size, 'x');
    const auto inflated = gunzip(zipped(text), size);
    ASSERT_TRUE(inflated) << inflated.error().message();
    EXPECT_EQ(*inflated, text);
    const auto twice = gunzip(zipped(text) + zipped(text), 2 * size);
    ASSERT_TRUE(twice) << twice.error().message();
    EXPECT_EQ(*twice, text + text);
    const auto padded = gunzip(zipped(text) + std::string(100, '\0'), size);
    ASSERT_TRUE(padded) << padded.error().message();
    EXPECT_EQ(*padded, text);
  }
}

TEST(Gunzip, MoreThanIsWantedIsTooLarge) {
  const std::string body = zipped(std::string(1'000'000, 'x'));
  for (const std::size_t bytes_max : {0UL, 1UL, 999'999UL}) {
    const auto inflated = gunzip(body, bytes_max);
    ASSERT_FALSE(inflated);
    EXPECT_EQ(inflated.error().code(), base::ErrorCode::kTooLarge);
  }
}

TEST(Gunzip, WhatIsNoGzipIsCorrupt) {
  const std::string body = zipped(std::string(1000, 'x'));
  std::string flipped = body;
  flipped[flipped.size() - 6] ^= 1;
  for (const std::string& bad :
       {std::string(), std::string("text"), body.substr(0, body.size() - 1), flipped, body + "x"}) {
    const auto inflated = gunzip(bad, 10'000);
    ASSERT_FALSE(inflated) << bad.size();
    EXPECT_EQ(inflated.error().code(), base::ErrorCode::kCorruption);
  }
}

}  // namespace
}  // namespace waybill::http
