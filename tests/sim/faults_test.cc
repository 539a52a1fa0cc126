// Each write, sync and change of the folder that a store asks for fails once, in turn: the first of them, then the
// second, to the last. Nothing is acknowledged that is not there afterwards, reading goes on, and the store opens
// again.
//
//   faults_test [--seed S]
//
// The seed is that of the events; a failure names the operation that failed.
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "sim/fault_story.h"
#include "support/arguments.h"

namespace waybill::testing {
namespace {

using base::ErrorCode;
using base::SeededRandom;
using base::testing::DiskFault;
using base::testing::DiskOperation;
using base::testing::FaultPlan;

std::uint64_t seed = 20261125;

// What comes after the failure.
enum class Ending { kRestart, kKill, kPowerLoss };
constexpr Ending kEndings[] = {Ending::kRestart, Ending::kKill, Ending::kPowerLoss};

// When it comes: what is written after the failure may cover its traces.
enum class Then { kGoesOn, kEndsAtOnce };
constexpr Then kThens[] = {Then::kGoesOn, Then::kEndsAtOnce};

const char* to_text(Ending ending) {
  switch (ending) {
    case Ending::kRestart: return "a restart";
    case Ending::kKill: return "a kill";
    case Ending::kPowerLoss: return "a power cut";
  }
  return "";
}

// A store that is opened, written to through the event log, looked after and closed, while one operation fails.
class Story : private FaultStory {
 public:
  Story() : FaultStory(seed) {
    append_some(2);
    close();
  }

  // The operations it takes if none fails.
  std::uint64_t count() {
    const std::uint64_t before = world_.disk().operations();
    live();
    close();
    return world_.disk().operations() - before;
  }

  // Whether the plan made anything fail before the store was closed.
  bool run(const FaultPlan& plan, Then then, Ending ending) {
    fault_ = plan.fault;
    then_ = then;
    world_.disk().plan(plan);
    live();
    const bool has_struck = found_full_ || world_.disk().has_struck();
    end(has_struck ? ending : Ending::kRestart);
    come_back();
    // What is acknowledged after a failure must be as good as ever.
    end(Ending::kPowerLoss);
    come_back();
    return has_struck;
  }

 private:
  void live() {
    const auto opened = world_.open();
    if (!opened) {
      EXPECT_TRUE(world_.disk().has_struck()) << opened.error().message();
      return;
    }
    append_some(2);
    do_upkeep();
    append_some(1);
    do_upkeep();
    append_some(1);
    if (is_over()) return;
    EXPECT_TRUE(judge_.agrees(world_.store(), units_, 2));
  }

  [[nodiscard]] bool is_over() { return then_ == Then::kEndsAtOnce && world_.disk().has_struck(); }

  void end(Ending ending) {
    if (ending != Ending::kRestart) world_.disk().kill_after(0);
    close();
    world_.disk().mend();
    if (ending == Ending::kPowerLoss) world_.disk().power_loss(random_);
  }

  void come_back() {
    const auto opened = world_.open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    EXPECT_TRUE(judge_.settles(world_.store(), units_, 2));
    append_some(2);
    EXPECT_TRUE(judge_.agrees(world_.store(), units_, 2));
  }

  void do_upkeep() {
    if (is_over()) return;
    const auto done = world_.do_upkeep(random_);
    EXPECT_TRUE(done.has_value() || world_.disk().has_struck());
  }

  void append_some(int count) {
    for_some_units(count, [this](const store::Unit& unit) {
      if (!is_over()) append(unit);
    });
  }

  void append(const store::Unit& unit) {
    const bool had_stopped = log_->stopped().has_value();
    const auto outcome = log_->append_and_wait(unit);
    if (outcome) {
      EXPECT_FALSE(had_stopped);
      EXPECT_EQ(*outcome, judge_.committed({&unit, 1}).front());
      return;
    }
    ASSERT_TRUE(world_.disk().has_struck()) << outcome.error().message();
    EXPECT_TRUE(judge_.agrees(world_.store(), units_, 1)) << "reading goes on";
    if (had_stopped) {
      EXPECT_EQ(outcome.error().code(), ErrorCode::kUnavailable);
      return;
    }
    if (fault_ == DiskFault::kFull) return append_once_there_is_room(unit, outcome.error());
    EXPECT_EQ(outcome.error().code(), ErrorCode::kIo);
    EXPECT_TRUE(log_->stopped());
    judge_.in_doubt({&unit, 1});
  }

  void append_once_there_is_room(const store::Unit& unit, const base::Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kStorageFull);
    EXPECT_FALSE(log_->stopped());
    const auto again = log_->append_and_wait(unit);
    EXPECT_FALSE(again.has_value());
    found_full_ = true;
    world_.disk().mend();
    const auto outcome = log_->append_and_wait(unit);
    ASSERT_TRUE(outcome.has_value()) << outcome.error().message();
    EXPECT_EQ(*outcome, judge_.committed({&unit, 1}).front());
  }

  DiskFault fault_ = DiskFault::kIo;
  Then then_ = Then::kGoesOn;
  bool found_full_ = false;  // and there was room again
};

void fail_each_in_turn(FaultPlan plan) {
  SCOPED_TRACE("repeat with faults_test --seed " + std::to_string(seed));
  const std::uint64_t operations = Story().count();
  std::uint64_t struck = 0;
  for (plan.after = 0; plan.after < operations && !::testing::Test::HasFailure(); ++plan.after) {
    for (const Ending ending : kEndings) {
      for (const Then then : kThens) {
        SCOPED_TRACE("operation " + std::to_string(plan.after) + ", then " + to_text(ending) +
                     (then == Then::kGoesOn ? " after more writing" : " at once"));
        if (Story().run(plan, then, ending)) ++struck;
      }
    }
  }
  std::printf("seed %llu, %llu operations, %llu failures\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(operations), static_cast<unsigned long long>(struck));
  EXPECT_GT(struck, 0U);
}

TEST(Faults, an_operation_that_fails_stops_the_log_and_loses_nothing_acknowledged) {
  fail_each_in_turn({.fault = DiskFault::kIo});
}

TEST(Faults, a_full_disk_refuses_and_takes_again_when_there_is_room) {
  fail_each_in_turn(
      {.kinds = {DiskOperation::kCreate, DiskOperation::kWrite}, .fault = DiskFault::kFull, .lasting = true});
}

// A store whose making fails at any point is made when it is opened the next time.
TEST(Faults, a_store_that_could_not_be_made_is_made_the_next_time) {
  for (const Ending ending : kEndings) {
    bool has_struck = true;
    for (std::uint64_t operation = 0; has_struck && !HasFailure(); ++operation) {
      SCOPED_TRACE("operation " + std::to_string(operation));
      SeededRandom random(seed + operation);
      StoreOnFaultDisk world;
      world.disk().plan({.after = operation});
      const auto opened = world.open();
      has_struck = world.disk().has_struck();
      EXPECT_TRUE(opened.has_value() || has_struck);
      if (ending != Ending::kRestart) world.disk().kill_after(0);
      world.close();
      world.disk().mend();
      if (ending == Ending::kPowerLoss) world.disk().power_loss(random);
      const auto again = world.open();
      ASSERT_TRUE(again.has_value()) << again.error().message();
      make_first_account(world.store());
    }
  }
}

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  waybill::testing::seed = waybill::testing::number_behind(argc, argv, "--seed", waybill::testing::seed);
  return RUN_ALL_TESTS();
}
