#include "ledger/gauges.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/memory/memory_ledger.h"

namespace waybill::ledger {
namespace {

using std::chrono::milliseconds;
using store::FeedRoad;
using store::GapReason;

constexpr milliseconds kSettling{100};

base::WallTime at(std::int64_t ms) { return base::from_ms(ms); }
store::LedgerSubject subject(std::uint8_t workspace) {
  model::SidBytes bytes{};
  bytes.back() = workspace;
  return {model::AccountNumber{1}, model::WorkspaceSid(bytes)};
}

// What a look should say, computed anew.
Gauge expected(const store::Ledger& ledger, const store::LedgerSubject& of, base::WallTime now) {
  const Completeness known = completeness(*read_facts(ledger, of), {now, kSettling, {}});
  Gauge gauge{of, known.complete_through, milliseconds(0)};
  for (const Span& span : known.spans) {
    const base::WallTime to = std::min(span.to, known.settled_through);
    if (span.state == State::kOpen && span.from <= to) gauge.open += to - span.from + milliseconds(1);
  }
  return gauge;
}

std::string shown(const Gauge& gauge) {
  return (gauge.complete_through ? std::to_string(base::to_ms(*gauge.complete_through)) : "none") + ", " +
         std::to_string(gauge.open.count()) + " open";
}

void record_something(store::Ledger& ledger, base::SeededRandom& random, std::int64_t now) {
  const auto below = [&](std::uint64_t bound) { return static_cast<std::int64_t>(random.below(bound)); };
  const store::LedgerSubject of = subject(static_cast<std::uint8_t>(1 + below(3)));
  const std::int64_t from = below(static_cast<std::uint64_t>(now));
  switch (below(4)) {
    case 0: ASSERT_TRUE(ledger.record_pull({of, at(from), at(from + below(400)), at(now), "up", 1})); break;
    case 1: ASSERT_TRUE(ledger.record_gap({of, at(from), at(from + below(90)), GapReason::kRefused, "x"})); break;
    case 2: ASSERT_TRUE(ledger.record_gap({std::nullopt, at(from), at(from + 5), GapReason::kAbsent, "y"})); break;
    default: {
      const store::Feed feed{of, FeedRoad::kCallback, at(from), at(now), 1};
      ASSERT_TRUE(ledger.record_feeds({&feed, 1}));
    }
  }
}

TEST(Gauges, say_what_completeness_says_whenever_they_are_looked_at) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::SeededRandom random(seed);
    store::MemoryLedger ledger;
    Gauges gauges(ledger, kSettling);
    std::int64_t now = 1'000;
    for (int step = 0; step < 60; ++step) {
      now += static_cast<std::int64_t>(random.below(60));
      if (random.below(3) == 0) record_something(ledger, random, now);
      const auto seen = gauges.look(at(now));
      ASSERT_TRUE(seen);
      ASSERT_EQ(seen->gauges.size(), ledger.subjects()->size());
      for (const Gauge& gauge : seen->gauges) {
        ASSERT_EQ(shown(gauge), shown(expected(ledger, gauge.subject, at(now)))) << "step " << step << ", at " << now;
      }
    }
  }
}

TEST(Gauges, what_has_not_changed_is_not_read_again) {
  store::MemoryLedger ledger;
  for (std::int64_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(ledger.record_gap({subject(1), at(i * 100'000), at(i * 100'000 + 1), GapReason::kRefused, "x"}));
  }
  ASSERT_TRUE(ledger.record_gap({subject(2), at(0), at(1), GapReason::kRefused, "x"}));
  Gauges gauges(ledger, kSettling);
  ASSERT_TRUE(gauges.look(at(100'000'000)));
  const std::uint64_t read = gauges.facts_read_for_test();
  EXPECT_GE(read, 501U);
  ASSERT_TRUE(ledger.record_gap({subject(2), at(500'000), at(500'001), GapReason::kRefused, "x"}));
  for (std::int64_t look = 1; look <= 10; ++look) ASSERT_TRUE(gauges.look(at(100'000'000 + look)));
  EXPECT_LE(gauges.facts_read_for_test(), read + 3);
}

TEST(Gauges, a_look_reads_so_many_facts_and_the_next_one_goes_on) {
  store::MemoryLedger ledger;
  constexpr std::uint8_t kWorkspaces = 50;
  for (std::uint8_t i = 0; i < kWorkspaces; ++i) {
    ASSERT_TRUE(ledger.record_gap({subject(i), at(0), at(9), GapReason::kRefused, "x"}));
  }
  Gauges gauges(ledger, kSettling, 20);
  EXPECT_EQ(gauges.look(at(1'000))->gauges.size(), 10U);
  EXPECT_EQ(gauges.look(at(1'000))->gauges.size(), 20U);
  for (int look = 0; look < 3; ++look) ASSERT_TRUE(gauges.look(at(1'000)));
  EXPECT_EQ(gauges.look(at(1'000))->gauges.size(), kWorkspaces);
  // One of every workspace makes all of them be read again, a few at each look.
  ASSERT_TRUE(ledger.record_gap({std::nullopt, at(100), at(109), GapReason::kAbsent, "y"}));
  const std::uint64_t read = gauges.facts_read_for_test();
  const auto seen = gauges.look(at(1'000));
  EXPECT_EQ(seen->gauges.size(), kWorkspaces);
  EXPECT_LE(gauges.facts_read_for_test(), read + 22);
}

}  // namespace
}  // namespace waybill::ledger
