#include "backfill/backfill.h"

#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "backfill/testing/fake_pause.h"
#include "backfill/testing/fake_sink.h"
#include "backfill/testing/fake_source.h"
#include "base/random.h"

namespace waybill::backfill {
namespace {

using testing::FakePause;
using testing::FakeSink;
using testing::FakeSource;
using testing::sid_of;
using testing::told_event;
using Paging = FakeSource::Paging;

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kNow = 10 * kDay;
constexpr Span kRange{5 * kDay, kNow - 1};

struct BackfillWorld {
  base::testing::FakeClock clock{base::WallTime(std::chrono::seconds(kNow))};
  FakePause pause{clock};
  FakeSource source;
  FakeSink sink;
  BackfillRules rules;
  std::unique_ptr<Backfill> backfill;

  BackfillWorld() { source.now = clock.now(); }

  base::Result<void> poll(const Span& range = kRange) {
    if (!backfill)
      backfill = std::make_unique<Backfill>(Backfill::Parts{source, sink, clock, pause, "fake"}, rules, nullptr);
    return backfill->poll(range);
  }

  void poll_well(const Span& range = kRange) {
    const auto polled = poll(range);
    EXPECT_TRUE(polled) << polled.error().message();
  }

  // As by a new process.
  void restart() { backfill = nullptr; }

  void move(std::chrono::seconds by) {
    clock.advance(by);
    source.now = clock.now();
  }

  void fill(std::uint64_t count, std::uint64_t seed) {
    base::SeededRandom random(seed);
    std::int64_t at = kRange.from * 1000;
    for (std::uint64_t i = 0; i < count; ++i) {
      // Bursts of seconds, and long silence.
      if (random.chance(0.001)) at += random.between(0, 3 * 3600 * 1000);
      at = std::min(at + random.between(0, 20), kRange.to * 1000 + 999);
      source.add(told_event(i, at, random.chance(0.5) ? "task.created" : "task.updated"));
    }
  }

  [[nodiscard]] Spans proven() { return *sink.proven(rules.schedule.settle); }
};

TEST(Backfill, EverythingComesHoweverPagesLie) {
  for (const Paging paging : {Paging::kHonest, Paging::kSkips, Paging::kRepeats, Paging::kStands, Paging::kNone}) {
    constexpr std::uint64_t kSeed = 11;
    SCOPED_TRACE(static_cast<int>(paging));
    BackfillWorld world;
    world.source.paging = paging;
    world.fill(30'000, kSeed);
    world.poll_well();
    EXPECT_EQ(world.sink.sids, world.source.sids());
    EXPECT_EQ(world.proven(), (Spans{{kRange.from, kNow - 3601}}));
    EXPECT_TRUE(world.sink.gaps.empty());
  }
}

TEST(Backfill, WhatIsProvenIsNotAskedForByALaterRun) {
  BackfillWorld world;
  world.fill(500, 3);
  world.poll_well();
  world.restart();
  world.source.requests = 0;
  world.poll_well();
  // The last hour, which had not settled.
  EXPECT_EQ(world.source.requests, 1U);
  world.restart();
  world.move(std::chrono::hours(2));
  world.poll_well();
  world.source.requests = 0;
  world.restart();
  world.poll_well();
  EXPECT_EQ(world.source.requests, 0U);
}

TEST(Backfill, ARunThatEndedGoesOnWhereItStood) {
  BackfillWorld world;
  world.fill(20'000, 5);
  world.sink.stores_left = 7;
  const auto polled = world.poll();
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().message(), "no room");
  EXPECT_FALSE(world.sink.pulls.empty());
  // What could not be stored is missing, by name.
  ASSERT_EQ(world.sink.gaps.size(), 1U);
  EXPECT_EQ(world.sink.gaps.front().second, "no room");
  EXPECT_TRUE(intersect({world.sink.gaps.front().first}, world.proven()).empty());
  const Spans before = world.proven();
  world.restart();
  world.sink.stores_left = 1'000'000;
  world.sink.pulls.clear();
  world.sink.pulls.push_back({before.front(), world.clock.now(), "fake", 0});
  world.poll_well();
  EXPECT_EQ(world.sink.sids, world.source.sids());
  for (std::size_t i = 1; i < world.sink.pulls.size(); ++i) {
    EXPECT_GT(world.sink.pulls[i].span.from, before.front().to);
  }
}

TEST(Backfill, EventsThatTurnUpLateComeOnceTheySettle) {
  BackfillWorld world;
  world.fill(100, 9);
  world.poll_well();
  const std::int64_t at = (kNow - 1800) * 1000;
  world.source.add(told_event(5000, at));
  world.move(std::chrono::minutes(5));
  world.poll_well({kRange.from, kNow + 299});
  EXPECT_FALSE(world.sink.sids.contains(sid_of(5000)));
  world.move(std::chrono::hours(1));
  world.poll_well({kRange.from, kNow + 3899});
  EXPECT_TRUE(world.sink.sids.contains(sid_of(5000)));
}

TEST(Backfill, AnUpstreamWhoseClockIsBehindProvesLess) {
  BackfillWorld world;
  world.source.now = world.clock.now() - std::chrono::hours(2);
  world.poll_well();
  EXPECT_EQ(world.proven(), (Spans{{kRange.from, kNow - 3 * 3600 - 1}}));
}

TEST(Backfill, AnEventThatIsRefusedIsNamedAndItsSecondIsNotProven) {
  BackfillWorld world;
  world.fill(300, 13);
  const std::int64_t second = kRange.from + 7777;
  world.source.add(told_event(9999, second * 1000));
  world.sink.refused_sid = sid_of(9999);
  world.poll_well();
  EXPECT_EQ(world.sink.sids.size(), 300U);
  ASSERT_EQ(world.sink.gaps.size(), 1U);
  EXPECT_EQ(world.sink.gaps[0].first, (Span{second, second}));
  EXPECT_EQ(world.sink.gaps[0].second, sid_of(9999) + " was refused: event_type: is missing");
  EXPECT_EQ(world.proven(), (Spans{{kRange.from, second - 1}, {second + 1, kNow - 3601}}));
}

TEST(Backfill, ASecondThatCannotBeHadIsAGapAndIsLeftAloneAfterwards) {
  BackfillWorld world;
  world.source.paging = Paging::kSkips;
  const std::int64_t second = kRange.from + 5000;
  for (std::uint64_t i = 0; i < 2500; ++i) world.source.add(told_event(i, second * 1000));
  world.poll_well();
  ASSERT_EQ(world.sink.gaps.size(), 1U);
  EXPECT_EQ(world.sink.gaps[0].first, (Span{second, second}));
  ASSERT_EQ(world.backfill->unreachable().size(), 1U);
  world.poll_well();
  EXPECT_EQ(world.sink.gaps.size(), 1U);
}

TEST(Backfill, WhatTheUpstreamHasForgottenIsNotProven) {
  BackfillWorld world;
  world.rules.kept = std::chrono::hours(72);
  world.fill(10, 17);
  world.poll_well();
  EXPECT_EQ(world.proven(), (Spans{{kNow - 3 * kDay + 1, kNow - 3601}}));
  EXPECT_EQ(world.backfill->too_old(), (Spans{{kRange.from, kNow - 3 * kDay}}));
  world.source.requests = 0;
  world.move(std::chrono::seconds(1));
  world.poll_well();
  EXPECT_EQ(world.source.requests, 1U);
}

TEST(Backfill, AFullQueueIsWaitedFor) {
  BackfillWorld world;
  world.fill(50, 19);
  world.sink.busy = 3;
  world.poll_well();
  EXPECT_EQ(world.sink.sids.size(), 50U);
  EXPECT_EQ(world.pause.waits().size(), 3U);
}

}  // namespace
}  // namespace waybill::backfill
