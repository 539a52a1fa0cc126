#include "backfill/window_reader.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backfill/event_types.h"
#include "backfill/testing/fake_source.h"

namespace waybill::backfill {
namespace {

using testing::FakeSource;
using testing::told_event;
using Outcome = Reading::Outcome;
using Paging = FakeSource::Paging;

constexpr Span kWindow{1000, 1099};

// A reader over a fake source, and what it delivered.
struct ReaderWorld {
  FakeSource source;
  std::vector<std::string> delivered;
  WindowReader reader{source, [this](const std::vector<ToldEvent>& events) -> base::Result<void> {
                        for (const ToldEvent& event : events) delivered.push_back(event.sid);
                        return {};
                      }};

  // `count` events, spread evenly over a window.
  void fill(std::uint64_t count, const Span& window, const std::string& type = "task.updated") {
    const std::int64_t length = window.seconds() * 1000;
    const std::uint64_t first = source.size();
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::int64_t>(i) * length / static_cast<std::int64_t>(count);
      source.add(told_event(first + i, window.from * 1000 + at, type));
    }
  }

  Reading read(const Span& window) {
    const auto reading = reader.read(window);
    EXPECT_TRUE(reading) << reading.error().message();
    return reading.value_or(Reading());
  }

  // All events are there, each once.
  void expect_all() {
    EXPECT_EQ(std::set<std::string>(delivered.begin(), delivered.end()), source.sids());
    EXPECT_EQ(delivered.size(), source.size());
  }
};

TEST(WindowReader, APageThatIsNotFullIsEverything) {
  ReaderWorld world;
  world.fill(999, kWindow);
  const Reading reading = world.read(kWindow);
  EXPECT_EQ(reading.outcome, Outcome::kWhole);
  EXPECT_EQ(reading.events, 999U);
  EXPECT_EQ(world.source.requests, 1U);
  world.expect_all();
}

TEST(WindowReader, HonestPagesAreFollowedAndTheirSeamsLookedAt) {
  ReaderWorld world;
  world.fill(3500, kWindow);
  EXPECT_EQ(world.read(kWindow).outcome, Outcome::kWhole);
  world.expect_all();
  EXPECT_EQ(world.source.requests, 7U);
}

TEST(WindowReader, AnUpstreamThatLiesAboutPagesIsCaughtAndNotPagedAgain) {
  for (const Paging lie :
       {Paging::kSkips, Paging::kRepeats, Paging::kStands, Paging::kMiscounts, Paging::kRefuses, Paging::kNone}) {
    SCOPED_TRACE(static_cast<int>(lie));
    ReaderWorld world;
    world.source.paging = lie;
    world.fill(3500, kWindow);
    EXPECT_EQ(world.read(kWindow).outcome, Outcome::kTooFull);
    world.source.requests = 0;
    EXPECT_EQ(world.read(kWindow).outcome, Outcome::kTooFull);
    EXPECT_EQ(world.source.requests, 1U);
  }
}

TEST(WindowReader, APageThatIsExactlyFullIsLookedBehind) {
  ReaderWorld world;
  world.fill(1000, kWindow);
  EXPECT_NE(world.read(kWindow).outcome, Outcome::kUnreachable);
  world.expect_all();
}

TEST(WindowReader, ASecondFullerThanAPageComesByHonestPages) {
  ReaderWorld world;
  world.fill(2500, {1000, 1000});
  EXPECT_EQ(world.read({1000, 1000}).outcome, Outcome::kWhole);
  world.expect_all();
}

TEST(WindowReader, ASecondFullerThanAPageIsSplitByTypeWherePagesLie) {
  for (const Paging lie : {Paging::kSkips, Paging::kRepeats, Paging::kNone}) {
    SCOPED_TRACE(static_cast<int>(lie));
    ReaderWorld world;
    world.source.paging = lie;
    for (const char* type : {"task.created", "task.updated", "worker.created", "of.another.kind"}) {
      world.fill(900, {1000, 1000}, type);
    }
    // The type that no list has must show itself.
    world.source.add(told_event(1'000'000, 1'000'000, "of.another.kind"));
    const Reading reading = world.read({1000, 1000});
    EXPECT_EQ(reading.outcome, Outcome::kWhole) << reading.detail;
    EXPECT_EQ(reading.events, 3601U);
    world.expect_all();
  }
}

// An event of one second and one type; of a worker and a queue.
ToldEvent event_of(std::uint64_t number, int worker, int queue) {
  ToldEvent event = told_event(number, 1'000'000);
  event.json = R"({"event_data":{"worker_sid":"WK)" + std::to_string(worker) + R"(","task_queue_sid":"WQ)" +
               std::to_string(queue) + R"("}})";
  return event;
}

TEST(WindowReader, AValueThatOnlyAnotherValueBringsToLightIsAskedForToo) {
  ReaderWorld world;
  world.source.paging = Paging::kSkips;
  std::uint64_t number = 0;
  const auto add = [&](int count, int worker, int queue) {
    while (count-- > 0) world.source.add(event_of(number++, worker, queue));
  };
  add(950, 1, 1);
  add(50, 1, 3);  // the first page ends here; queue 3 leads to worker 2 …
  add(50, 2, 3);
  add(50, 2, 4);  // … and worker 2 to queue 4
  const Reading reading = world.read({1000, 1000});
  EXPECT_EQ(reading.outcome, Outcome::kUnreachable) << "there may be others that nothing leads to";
  EXPECT_TRUE(reading.detail.ends_with("had 1100 of task.updated")) << reading.detail;
  world.expect_all();
}

TEST(WindowReader, AsksForSoManyValuesOfAFullSecondAndNoMore) {
  constexpr std::size_t kValuesMax = 300;
  ReaderWorld world;
  world.source.paging = Paging::kNone;
  for (int i = 0; i < 1500; ++i) world.source.add(event_of(static_cast<std::uint64_t>(i), i + 1000, i + 1000));
  EXPECT_EQ(world.read({1000, 1000}).outcome, Outcome::kUnreachable);
  EXPECT_LE(world.source.requests, 1 + kEventTypes.size() + kValuesMax);
  EXPECT_GE(world.delivered.size(), 1000U);
}

TEST(WindowReader, OneTypeThatIsTooFullSpoilsNothingOfTheOthers) {
  ReaderWorld world;
  world.source.paging = Paging::kNone;
  world.fill(2500, {1000, 1000}, "task.updated");
  world.fill(700, {1000, 1000}, "task.created");
  world.fill(1200, {1000, 1000}, "worker.created");
  const Reading reading = world.read({1000, 1000});
  EXPECT_EQ(reading.outcome, Outcome::kUnreachable);
  EXPECT_TRUE(reading.detail.ends_with("had 2500 of task.updated, 1200 of worker.created")) << reading.detail;
  world.expect_all();
}

TEST(WindowReader, ATypeThatIsTooFullIsSplitByItsValuesAndSaidNotToBeProven) {
  ReaderWorld world;
  world.source.paging = Paging::kSkips;
  world.fill(2500, {1000, 1000});
  const Reading reading = world.read({1000, 1000});
  EXPECT_EQ(reading.outcome, Outcome::kUnreachable);
  EXPECT_EQ(reading.detail,
            "the second 1970-01-01T00:16:40Z has more events of one type than a page, and its pages cannot be trusted; "
            "had 2500 of task.updated");
  world.expect_all();
}

TEST(WindowReader, EventsOutsideOfTheWindowEndIt) {
  ReaderWorld world;
  world.fill(10, {1000, 1200});
  world.source.ignores_window = true;
  const auto reading = world.reader.read(kWindow);
  ASSERT_FALSE(reading);
  EXPECT_EQ(
      reading.error().message(),
      "asked for the events from 1970-01-01T00:16:40Z to 1970-01-01T00:18:19Z, it tells of others; what it leaves "
      "out cannot be known");
}

}  // namespace
}  // namespace waybill::backfill
