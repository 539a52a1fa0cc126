#include "backfill/schedule.h"

#include <gtest/gtest.h>

namespace waybill::backfill {
namespace {

constexpr std::int64_t kNow = 1'000'000;
constexpr ScheduleRules kRules{std::chrono::seconds(3600), std::chrono::seconds(300), std::chrono::seconds(900)};
constexpr Span kRange{900'000, kNow - 1};

TEST(SpansToAsk, EverythingAtFirst) { EXPECT_EQ(spans_to_ask(kRange, {}, kNow, kRules), (Spans{kRange})); }

TEST(SpansToAsk, WhatIsProvenIsNeverAskedAgain) {
  const Known known{{{900'000, 950'000}, {960'000, 990'000}}, {}, {}};
  EXPECT_EQ(spans_to_ask(kRange, known, kNow, kRules), (Spans{{950'001, 959'999}, {990'001, kNow - 1}}));
}

TEST(SpansToAsk, APollReadsTheTrailingSpanAgain) {
  const Known known{{{900'000, 996'400}}, {{900'000, kNow - 20}}, {}};
  EXPECT_EQ(spans_to_ask(kRange, known, kNow, kRules), (Spans{{kNow - 300, kNow - 1}}));
}

TEST(SpansToAsk, WhatHasSettledIsAskedForOnceMoreWhenThereIsEnoughOfIt) {
  const Known little{{{900'000, 996'000}}, {{900'000, kNow - 1}}, {}};
  EXPECT_EQ(spans_to_ask(kRange, little, kNow, kRules), (Spans{{kNow - 300, kNow - 1}}));
  const Known enough{{{900'000, 995'000}}, {{900'000, kNow - 1}}, {}};
  EXPECT_EQ(spans_to_ask(kRange, enough, kNow, kRules), (Spans{{995'001, 996'400}, {kNow - 300, kNow - 1}}));
}

TEST(SpansToAsk, WhatWasGivenUpIsLeftAlone) {
  const Known known{{}, {kRange}, {{900'000, 999'000}}};
  EXPECT_EQ(spans_to_ask(kRange, known, kNow, kRules), (Spans{{kNow - 300, kNow - 1}}));
}

TEST(Provable, NothingInsideTheSettlingTimeAndNothingThatTheUpstreamForgot) {
  const base::WallTime asked(std::chrono::seconds(10'000));
  const Proof forever{std::chrono::seconds(3600), std::nullopt};
  EXPECT_EQ(provable({0, 9'999}, asked, forever), (Spans{{0, 6'399}}));
  EXPECT_EQ(provable({6'400, 9'999}, asked, forever), Spans{});
  const Proof hour{std::chrono::seconds(600), std::chrono::seconds(3600)};
  EXPECT_EQ(provable({0, 9'999}, asked, hour), (Spans{{6'401, 9'399}}));
}

}  // namespace
}  // namespace waybill::backfill
