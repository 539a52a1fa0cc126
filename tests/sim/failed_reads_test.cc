// Each read that a store asks for fails once, in turn, and each opening of a file: the disk refuses, or descriptors and
// memory have run out for the moment. Nothing acknowledged is lost, nothing becomes invisible, outcomes stay exact, the
// log never stops, and what failed does not fail again.
//
//   failed_reads_test [--seed S]
//
// The seed is that of the events; a failure names the read that failed.
#include <cstdio>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/fault_story.h"
#include "store/local/schema.h"
#include "support/arguments.h"

namespace waybill::testing {
namespace {

namespace fs = std::filesystem;

using base::ErrorCode;
using base::testing::DiskFault;
using base::testing::DiskOperation;
using base::testing::FaultPlan;

std::uint64_t seed = 20261130;

// Whether an error is what a read that failed may come to.
::testing::AssertionResult is_a_failed_read(const base::Error& error) {
  switch (error.code()) {
    case ErrorCode::kBusy:
    case ErrorCode::kUnavailable:
    case ErrorCode::kStorageFull:
    case ErrorCode::kIo:  // of an opening
    case ErrorCode::kCorruption: return ::testing::AssertionSuccess();
    default: return ::testing::AssertionFailure() << error.message();
  }
}

std::uint64_t count_of(StoreOnFaultDisk& world, const std::vector<DiskOperation>& kinds) {
  std::uint64_t sum = 0;
  for (const DiskOperation kind : kinds) sum += world.disk().operations(kind);
  return sum;
}

enum class SidFilesAre { kWhole, kDamaged };

// A life of a store in which one read fails. Whatever is asked of the store is asked once more if it failed.
class Story : private FaultStory {
 public:
  Story() : FaultStory(seed) {
    append_some(12);
    EXPECT_TRUE(world_.store_under_test().run_upkeep());
    append_some(3);
    close();
  }

  // Damages the store's sid files, so that the life has them to mend.
  void damage_sid_files() {
    for (const auto& entry : fs::directory_iterator(world_.folder() / store::kSegmentFolder)) {
      if (entry.path().extension() != ".sid") continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(100);
      file.put('\x5a');
    }
  }

  // The operations of these kinds it takes if none fails.
  std::uint64_t count(const std::vector<DiskOperation>& kinds) {
    const std::uint64_t before = count_of(world_, kinds);
    live();
    close();
    return count_of(world_, kinds) - before;
  }

  // Whether the plan made anything fail.
  bool run(const FaultPlan& plan) {
    world_.disk().plan(plan);
    live();
    close();
    const bool has_struck = world_.disk().has_struck();
    world_.disk().mend();
    reopen();
    EXPECT_TRUE(judge_.settles(world_.store(), units_, 2));
    append_some(1);
    EXPECT_TRUE(judge_.agrees(world_.store(), units_, 2));
    return has_struck;
  }

 private:
  void live() {
    reopen();
    append_some(4);
    do_upkeep();
    append_some(4);
    do_upkeep();
    append_some(2);
    look();
  }

  // Does something that may fail by the read that fails; then once more.
  template <class Deed>
  void insist(const Deed& deed) {
    const bool had_struck = world_.disk().has_struck();
    auto done = deed();
    if (!done && !had_struck && world_.disk().has_struck()) {
      EXPECT_TRUE(is_a_failed_read(done.error()));
      done = deed();
    }
    EXPECT_TRUE(done.has_value()) << done.error().message();
  }

  void reopen() {
    insist([&] { return world_.open(); });
  }

  void do_upkeep() {
    if (!::testing::Test::HasFailure()) insist([&] { return world_.store_under_test().run_upkeep(); });
  }

  void look() {
    const bool had_struck = world_.disk().has_struck();
    auto right = judge_.agrees(world_.store(), units_, 2);
    if (!right && !had_struck && world_.disk().has_struck()) right = judge_.agrees(world_.store(), units_, 2);
    EXPECT_TRUE(right);
  }

  void append_some(int count) {
    if (::testing::Test::HasFailure()) return;
    for_some_units(count, [&](const store::Unit& unit) {
      std::optional<store::UnitOutcome> outcome;
      insist([&]() -> base::Result<void> {
        TRY_ASSIGN(outcome, log_->append_and_wait(unit));
        return {};
      });
      EXPECT_FALSE(log_->stopped().has_value());
      const auto wanted = judge_.committed({&unit, 1}).front();
      EXPECT_EQ(outcome, wanted);
    });
  }
};

void fail_each_in_turn(const std::vector<DiskOperation>& kinds, DiskFault fault, SidFilesAre sid_files) {
  SCOPED_TRACE("repeat with failed_reads_test --seed " + std::to_string(seed));
  const auto make_story = [&] {
    auto story = std::make_unique<Story>();
    if (sid_files == SidFilesAre::kDamaged) story->damage_sid_files();
    return story;
  };
  const std::uint64_t reads = make_story()->count(kinds);
  std::uint64_t struck = 0;
  for (std::uint64_t read = 0; read < reads && !::testing::Test::HasFailure(); ++read) {
    SCOPED_TRACE("read " + std::to_string(read));
    if (make_story()->run({read, kinds, fault, false})) ++struck;
  }
  std::printf("seed %llu, %llu reads, %llu failures\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(reads), static_cast<unsigned long long>(struck));
  EXPECT_GT(struck, 0U);
}

const std::vector<DiskOperation> kReading = {DiskOperation::kOpen, DiskOperation::kRead};

TEST(FailedReads, what_the_disk_refuses_once_loses_nothing_and_stops_nothing) {
  fail_each_in_turn(kReading, DiskFault::kIo, SidFilesAre::kWhole);
}

TEST(FailedReads, a_shortage_that_passes_loses_nothing_and_stops_nothing) {
  fail_each_in_turn(kReading, DiskFault::kShort, SidFilesAre::kWhole);
}

TEST(FailedReads, damaged_sid_files_are_mended_though_a_read_fails) {
  fail_each_in_turn(kReading, DiskFault::kIo, SidFilesAre::kDamaged);
}

// A file that is in the manifest, and finds no room for its name, gets it later.
TEST(FailedReads, a_full_folder_stops_nothing_either) {
  fail_each_in_turn({DiskOperation::kRename}, DiskFault::kFull, SidFilesAre::kWhole);
}

// Erasing reads as well: it is done, or it is not, and then it can be asked for again.
TEST(FailedReads, an_erasure_is_completed_though_a_read_fails) {
  std::uint64_t reads = 0;
  for (std::uint64_t read = 0; read == 0 || read < reads; ++read) {
    SCOPED_TRACE("read " + std::to_string(read));
    StoreOnFaultDisk world;
    ASSERT_TRUE(world.open());
    const model::Account account = make_first_account(world.store());
    std::vector<model::Event> events;
    for (int i = 0; i < 100; ++i) {
      events.push_back(
          make_event("e" + std::to_string(i), i, {{model::Dimension::kEventType, i % 4 == 0 ? "a" : "b"}}));
    }
    const store::Unit unit = make_unit(account, 1, events);
    ASSERT_TRUE(world.store().append({&unit, 1}));
    ASSERT_TRUE(world.store_under_test().run_upkeep());
    const std::uint64_t before = count_of(world, kReading);
    // The first time none fails, to count them.
    if (read > 0) world.disk().plan({read - 1, {DiskOperation::kOpen, DiskOperation::kRead}, DiskFault::kIo, false});
    store::ErasureRequest request;
    request.workspace = world.store().workspaces(account.number).front().number;
    request.subject = model::Term{model::Dimension::kEventType, "a"};
    auto erased = world.store().erase(request);
    if (!erased) {
      EXPECT_TRUE(is_a_failed_read(erased.error()));
      erased = world.store().erase(request);
    }
    ASSERT_TRUE(erased.has_value()) << erased.error().message();
    if (!world.store_under_test().run_upkeep()) {
      EXPECT_TRUE(world.store_under_test().run_upkeep().has_value());
    }
    if (read == 0) reads = count_of(world, kReading) - before + 1;
    EXPECT_TRUE(world.store().erasures()->back().completed);
    EXPECT_FALSE(world.store().stopped());
    model::EventQuery query;
    query.workspace = request.workspace;
    query.limit = 1000;
    EXPECT_EQ(world.store().list(query).value().events.size(), 75U);
    EXPECT_EQ(world.store().append({&unit, 1}).value().front(), (store::UnitOutcome{0, 75, 0, 25}));
  }
}

}  // namespace
}  // namespace waybill::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  waybill::testing::seed = waybill::testing::number_behind(argc, argv, "--seed", waybill::testing::seed);
  return RUN_ALL_TESTS();
}
