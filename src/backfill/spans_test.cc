#include "backfill/spans.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::backfill {
namespace {

std::set<std::int64_t> seconds_in(const std::vector<Span>& spans) {
  std::set<std::int64_t> all;
  for (const Span& span : spans) {
    for (std::int64_t at = span.from; at <= span.to; ++at) all.insert(at);
  }
  return all;
}

std::vector<Span> random_spans(base::SeededRandom& random) {
  std::vector<Span> spans;
  for (std::uint64_t count = random.below(6); count > 0; --count) {
    const std::int64_t from = random.between(0, 40);
    spans.push_back({from, from + random.between(-1, 8)});
  }
  return spans;
}

void expect_in_order(const Spans& spans) {
  for (std::size_t i = 0; i < spans.size(); ++i) {
    EXPECT_LE(spans[i].from, spans[i].to);
    EXPECT_TRUE(i == 0 || spans[i].from > spans[i - 1].to + 1);
  }
}

TEST(Spans, AreSetsOfSeconds) {
  constexpr std::uint64_t kSeed = 7;
  base::SeededRandom random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    const Spans a = join(random_spans(random));
    const Spans b = join(random_spans(random));
    expect_in_order(a);
    std::set<std::int64_t> only_a = seconds_in(a);
    for (const std::int64_t second : seconds_in(b)) only_a.erase(second);
    std::set<std::int64_t> both = seconds_in(a);
    for (const std::int64_t second : only_a) both.erase(second);
    EXPECT_EQ(seconds_in(subtract(a, b)), only_a);
    EXPECT_EQ(seconds_in(intersect(a, b)), both);
    expect_in_order(subtract(a, b));
    EXPECT_EQ(seconds_of(a), static_cast<std::int64_t>(seconds_in(a).size()));
  }
}

TEST(Spans, ASecondCountsOnlyIfItIsWhole) {
  const auto between = [](std::int64_t from, std::int64_t to) {
    return whole_seconds(base::from_ms(from), base::from_ms(to));
  };
  EXPECT_EQ(between(1000, 2999), (Span{1, 2}));
  EXPECT_EQ(between(1001, 2999), (Span{2, 2}));
  EXPECT_EQ(between(1000, 2998), (Span{1, 1}));
  EXPECT_EQ(between(1001, 2998), std::nullopt);
  EXPECT_EQ(between(-1000, -1), (Span{-1, -1}));
  EXPECT_EQ(base::to_ms(last_moment({1, 2})), 2999);
}

}  // namespace
}  // namespace waybill::backfill
