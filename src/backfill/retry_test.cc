#include "backfill/retry.h"

#include <gtest/gtest.h>

namespace waybill::backfill {
namespace {

using std::chrono::milliseconds;

TEST(ParseRetryAfter, SecondsOrADate) {
  const base::WallTime now = base::from_ms(784'111'777'000);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("120", now), milliseconds(120'000));
  EXPECT_EQ(parse_retry_after(" 0 ", now), milliseconds(0));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), milliseconds(60'000));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:40:37 GMT", now), milliseconds(0));
  for (const char* text : {"", "soon", "-5", "1.5"}) EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
  EXPECT_GT(parse_retry_after("99999999999999", now), milliseconds(0));
}

TEST(Retries, WaitsDoubleUpToTheLongestAndThenItGivesUp) {
  RetryRules rules;
  rules.wait_max = milliseconds(2500);
  rules.failures_max = 6;
  Retries low(rules, true);
  Retries high(rules, true);
  for (const int wait : {500, 1000, 2000, 2500, 2500}) {
    EXPECT_EQ(low.after(Trouble::kFailed, {}, 0), milliseconds(wait / 2));
    EXPECT_NEAR(static_cast<double>(high.after(Trouble::kNoAnswer, {}, 0.999)->count()), wait, 3);
  }
  EXPECT_EQ(low.after(Trouble::kFailed, {}, 0), std::nullopt);
}

TEST(Retries, WhatTheUpstreamAsksForIsObeyedWithinBounds) {
  Retries retries({}, true);
  EXPECT_EQ(retries.after(Trouble::kRefused, milliseconds(7000), 0), milliseconds(7000));
  EXPECT_EQ(retries.after(Trouble::kFailed, milliseconds(86'400'000), 0), milliseconds(3600'000));
  // No shorter than without being asked.
  EXPECT_EQ(retries.after(Trouble::kRefused, milliseconds(0), 0), milliseconds(500));
}

TEST(Retries, AStormOfRefusalsIsSatOut) {
  Retries retries({}, true);
  for (int i = 0; i < 150; ++i) EXPECT_TRUE(retries.after(Trouble::kRefused, {}, 0.5));
  // They use up nothing of what failures may.
  EXPECT_EQ(retries.after(Trouble::kFailed, {}, 0), milliseconds(250));
}

TEST(Retries, AnAddressThatNeverAnsweredIsGivenUpSoon) {
  Retries retries({}, false);
  EXPECT_TRUE(retries.after(Trouble::kNoAnswer, {}, 0));
  EXPECT_TRUE(retries.after(Trouble::kNoAnswer, {}, 0));
  EXPECT_FALSE(retries.after(Trouble::kNoAnswer, {}, 0));
}

TEST(Retries, AnAnswerOfAnyKindSaysThatTheAddressIsRight) {
  for (const Trouble first : {Trouble::kFailed, Trouble::kRefused}) {
    Retries retries({}, false);
    EXPECT_TRUE(retries.after(first, {}, 0));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(retries.after(Trouble::kNoAnswer, {}, 0)) << i;
  }
}

}  // namespace
}  // namespace waybill::backfill
