// How a store on disk takes events away while it is written to, and while its disk fails.
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/disk_store.h"
#include "sqlite/connection.h"
#include "store/local/eraser.h"
#include "store/local/schema.h"
#include "support/store_on_fault_disk.h"

namespace waybill::testing {
namespace {

using base::ErrorCode;
using base::testing::DiskFault;
using base::testing::DiskOperation;
using std::chrono::minutes;
using store::UnitOutcome;

constexpr std::int64_t kStartMs = 1'000'000'000;
const model::Term kTask{model::Dimension::kTask, std::string(16, 'T')};

class Erasing : public DiskStore {
 protected:
  Erasing() : DiskStore(base::from_ms(kStartMs)) {}

  // The store goes before what it calls at each step.
  void TearDown() override { store_.reset(); }

  void open(store::LocalOptions options = tiny_options()) {
    options.at_step = [this](std::string_view step) {
      if (at_step_) at_step_(step);
    };
    DiskStore::open(std::move(options));
  }

  void append_many(const std::string& name, int count, const std::vector<model::Term>& terms) {
    std::vector<model::Event> events;
    for (int i = 0; i < count; ++i) events.push_back(make_event(name + std::to_string(i), kStartMs + i, terms));
    EXPECT_EQ(append(std::move(events)).accepted, static_cast<std::uint32_t>(count));
  }
  store::ErasureRequest all_of_task() { return {model::WorkspaceNumber{1}, kTask, base::kTimeMin, base::kTimeMax}; }
  bool finds(const std::string& name) {
    const auto found = store_->find(model::WorkspaceNumber{1}, make_event(name, 0, {}).sid);
    EXPECT_TRUE(found.has_value());
    return found && found->has_value();
  }
  sqlite::Connection database() {
    auto connection = sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite);
    EXPECT_TRUE(connection.has_value());
    return *std::move(connection);
  }

  std::function<void(std::string_view)> at_step_;
};

TEST_F(Erasing, a_sid_that_comes_again_while_its_first_event_is_sealed_stays_known) {
  store::LocalOptions options = tiny_options();
  options.retention = minutes(10);
  open(std::move(options));
  append({make_event("s", kStartMs - 9 * 60'000, {}, "first")});
  append_many("filling", 100, {});
  bool has_come = false;
  at_step_ = [&](std::string_view step) {
    if (step != "install.before_commit" || has_come) return;
    has_come = true;
    clock_.advance(minutes(2));
    EXPECT_EQ(append({make_event("s", kStartMs, {}, "second")}), (UnitOutcome{1, 0, 0, 0}));
  };
  ASSERT_TRUE(*store_->run_upkeep_step());
  ASSERT_TRUE(has_come);
  EXPECT_TRUE(finds("s"));
  EXPECT_EQ(append({make_event("s", kStartMs, {}, "second")}), (UnitOutcome{0, 1, 0, 0}));
  EXPECT_EQ(seen(), 101U);
  ASSERT_TRUE(store_->run_upkeep());
  open();
  EXPECT_TRUE(finds("s"));
  EXPECT_EQ(seen(), 101U) << "also if the next start keeps everything";
}

// The writer's lock is free after so many sids: an append beside them would wait for ever otherwise, here on one
// thread.
TEST_F(Erasing, appends_go_on_between_a_few_sids_and_are_erased_too) {
  open();
  constexpr int kEvents = 5'000;
  append_many("a", kEvents, {kTask});
  ASSERT_TRUE(store_->run_upkeep());
  append_many("kept", 10, {});
  int pauses = 0;
  at_step_ = [&](std::string_view step) {
    if (step != "erase.noted_some" || ++pauses > 20) return;
    append_many("late" + std::to_string(pauses) + "/", 3, {kTask});
  };
  const auto erased = store_->erase(all_of_task());
  ASSERT_TRUE(erased.has_value()) << erased.error().message();
  EXPECT_GE(pauses, kEvents / static_cast<int>(store::kErasedAtOnce));
  EXPECT_EQ(erased->events, static_cast<std::uint64_t>(kEvents + 3 * std::min(pauses, 20)));
  EXPECT_EQ(seen({kTask}), 0U);
  EXPECT_EQ(seen(), 10U);
  at_step_ = {};
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->erasures()->front().completed.has_value());
  EXPECT_EQ(store_->summaries()->front().events, 10U);
  EXPECT_EQ(append({make_event("late1/0", kStartMs, {}), make_event("a7", kStartMs, {})}), (UnitOutcome{0, 0, 0, 2}));
}

TEST_F(Erasing, what_is_sealed_and_merged_under_the_search_is_erased_too) {
  open();
  append_many("a", 1'000, {kTask});
  int pauses = 0;
  at_step_ = [&](std::string_view step) {
    if (step != "erase.before_commit" || ++pauses > 3) return;
    append_many("late" + std::to_string(pauses) + "/", 100, {kTask});
    EXPECT_TRUE(store_->run_upkeep());
  };
  const auto erased = store_->erase(all_of_task());
  ASSERT_TRUE(erased.has_value()) << erased.error().message();
  EXPECT_EQ(erased->events, 1'300U);
  EXPECT_EQ(seen(), 0U);
  at_step_ = {};
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->erasures()->front().completed.has_value());
  EXPECT_EQ(store_->archive()->segments().size(), 0U);
}

TEST_F(Erasing, what_comes_in_at_once_under_the_search_is_noted_in_parts_too) {
  open();
  append_many("a", 10, {kTask});
  constexpr int kLate = 2'000;
  int parts = 0;
  bool has_come = false;
  at_step_ = [&](std::string_view step) {
    if (step == "erase.noted_some") ++parts;
    if (step != "erase.before_commit" || has_come) return;
    has_come = true;
    append_many("late", kLate, {kTask});
    parts = 0;
  };
  const auto erased = store_->erase(all_of_task());
  ASSERT_TRUE(erased.has_value()) << erased.error().message();
  EXPECT_EQ(erased->events, 10U + kLate);
  EXPECT_GE(parts, kLate / static_cast<int>(store::kErasedAtOnce));
  EXPECT_EQ(seen(), 0U);
}

// On one thread: an erasure that waited for the step would wait for ever.
TEST_F(Erasing, an_erasure_is_noted_in_the_middle_of_a_merge) {
  open();
  bool is_noted = false;
  at_step_ = [&](std::string_view step) {
    if (step != "merge.begin" || is_noted) return;
    is_noted = true;
    EXPECT_TRUE(store_->erase(all_of_task()).has_value());
    EXPECT_EQ(seen({kTask}), 0U);
  };
  for (int i = 0; i < 20 && !is_noted; ++i) {
    append_many("a" + std::to_string(i) + "/", 60, {kTask});
    append_many("b" + std::to_string(i) + "/", 60, {});
    ASSERT_TRUE(store_->run_upkeep());
  }
  ASSERT_TRUE(is_noted);
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->erasures()->front().completed.has_value());
  EXPECT_EQ(seen({kTask}), 0U);
}

TEST_F(Erasing, an_erasure_that_fails_leaves_no_digest_and_its_number_is_free) {
  open();
  append_many("a", 5'000, {kTask});
  ASSERT_TRUE(store_->run_upkeep());
  ASSERT_TRUE(database().execute("PRAGMA incremental_vacuum"));
  at_step_ = [&](std::string_view step) {
    if (step == "erase.noted_some") store_->limit_pages_for_test(1);
  };
  const auto failed = store_->erase(all_of_task());
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), ErrorCode::kStorageFull);
  at_step_ = {};
  store_->limit_pages_for_test(1'000'000);
  EXPECT_EQ(seen(), 5'000U);
  EXPECT_TRUE(store_->erasures()->empty());
  EXPECT_EQ(*database().query_integer("SELECT count(*) FROM erased"), 0);
  const auto erased =
      store_->erase({model::WorkspaceNumber{1}, kTask, base::from_ms(kStartMs), base::from_ms(kStartMs)});
  ASSERT_TRUE(erased.has_value());
  EXPECT_EQ(erased->number, 1U);
  EXPECT_EQ(*database().query_integer("SELECT count(*) FROM erased"), 1);
}

TEST_F(Erasing, a_reader_of_the_database_delays_the_completion_and_nothing_else) {
  open();
  append_many("a", 200, {kTask});
  ASSERT_TRUE(store_->run_upkeep());
  sqlite::Connection reader = database();
  ASSERT_TRUE(reader.execute("BEGIN"));
  ASSERT_TRUE(reader.query_integer("SELECT count(*) FROM files"));
  ASSERT_TRUE(store_->erase(all_of_task()));
  const auto began = std::chrono::steady_clock::now();
  const auto done = store_->run_upkeep();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), ErrorCode::kBusy);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4)) << "nobody waits for the reader";
  append_many("b", 10, {});
  EXPECT_FALSE(store_->erasures()->front().completed.has_value());
  ASSERT_TRUE(reader.execute("COMMIT"));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->erasures()->front().completed.has_value());
}

TEST_F(Erasing, a_merge_of_sid_files_drops_what_has_expired_and_keeps_what_was_erased) {
  const auto entries = [&] {
    std::uint64_t sum = 0;
    for (const auto& file : store_->archive()->sid_files()) sum += file->entries();
    return sum;
  };
  const auto fill = [&](int round) {
    std::vector<model::Event> events;
    for (int i = 0; i < 60; ++i) {
      events.push_back(
          make_event(std::to_string(round) + "/" + std::to_string(i), base::to_ms(clock_.now()) + i, {kTask}));
    }
    append(std::move(events));
    EXPECT_TRUE(store_->run_upkeep());
    clock_.advance(minutes(1));
  };
  store::LocalOptions options = tiny_options();
  options.retention = minutes(10);
  open(options);
  for (int round = 0; round < 100; ++round) fill(round);
  EXPECT_LT(entries(), 60U * 60U) << "of 6,000 that ever were, and some 660 that are";
  const std::uint64_t before = entries();
  ASSERT_TRUE(store_->erase({model::WorkspaceNumber{1}, {}, base::kTimeMin, clock_.now()}));
  for (int round = 100; round < 200; ++round) fill(round);
  EXPECT_GE(entries(), before);
  EXPECT_EQ(append({make_event("95/3", base::to_ms(clock_.now()), {})}), (UnitOutcome{0, 0, 0, 1}))
      << "an erased sid stays known when its time has expired";
}

TEST_F(Erasing, a_merge_of_sid_files_yields_to_sealing) {
  int seals = 0;
  bool is_merging = false;
  store::LocalOptions options = tiny_options();
  options.seal_rows = 30'000;
  options.segment_rows_max = 1U << 20U;
  open(std::move(options));
  for (int i = 0; i < 3; ++i) {
    append_many("a" + std::to_string(i) + "/", 30'000, {});
    ASSERT_TRUE(store_->run_upkeep());
  }
  append_many("a3/", 30'000, {});
  ASSERT_TRUE(*store_->run_upkeep_step()) << "sealed";
  // What fills the tail once the merge has begun is sealed before the merge ends.
  at_step_ = [&](std::string_view step) {
    if (step == "merge_sids.begin") {
      is_merging = true;
      append_many("b/", 30'000, {});
    }
    if (step == "install.committed" && is_merging && ++seals == 1) {
      EXPECT_EQ(store_->archive()->sid_files().size(), 4U) << "those of before are not merged yet";
    }
  };
  ASSERT_TRUE(store_->run_upkeep());
  ASSERT_TRUE(is_merging);
  EXPECT_GE(seals, 2);
  EXPECT_EQ(seen(), 100'000U) << "as many as a page may have";
}

// Files of before an erasure that cannot be removed, in turn by unlinking and by syncing the folder.
class ErasingOnBadDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world_.open());
    account_ = make_first_account(world_.store());
    std::vector<model::Event> events;
    for (int i = 0; i < 100; ++i) {
      events.push_back(make_event(std::to_string(i), kStartMs + i, {i % 2 == 0 ? kTask : other_}));
    }
    const store::Unit unit = make_unit(account_, 1, std::move(events));
    ASSERT_TRUE(world_.store().append({&unit, 1}));
    ASSERT_TRUE(local().run_upkeep());
    ASSERT_EQ(files().size(), 2U) << "a segment and its sids";
    before_ = files();
  }

  store::LocalStore& local() { return static_cast<store::LocalStore&>(world_.store()); }
  std::vector<std::filesystem::path> files() {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(world_.folder() / store::kSegmentFolder)) {
      out.push_back(entry.path());
    }
    return out;
  }
  bool is_completed() { return world_.store().erasures()->front().completed.has_value(); }

  // Erases while the removal fails, and expects that nobody says it is done.
  void erase_in_vain(const base::testing::FaultPlan& plan) {
    ASSERT_TRUE(world_.store().erase({model::WorkspaceNumber{1}, kTask, base::kTimeMin, base::kTimeMax}));
    world_.disk().plan(plan);
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(local().run_upkeep().has_value());
    ASSERT_TRUE(world_.disk().has_struck());
    EXPECT_FALSE(is_completed());
    const store::Unit unit = make_unit(account_, 1, {make_event("new", kStartMs + 500, {})});
    EXPECT_TRUE(world_.store().append({&unit, 1}));
  }
  void expect_gone() {
    ASSERT_TRUE(local().run_upkeep());
    EXPECT_TRUE(is_completed());
    EXPECT_EQ(files().size(), 2U) << "the segment of what is left, and the sids";
    for (const auto& path : before_) {
      if (path.extension() == ".sid") continue;
      EXPECT_FALSE(std::filesystem::exists(path)) << path;
    }
  }

  const model::Term other_{model::Dimension::kTask, std::string(16, 'O')};
  StoreOnFaultDisk world_;
  model::Account account_{{}, model::AccountSid(model::SidBytes{}), "", "", {}, {}};
  std::vector<std::filesystem::path> before_;
};

TEST_F(ErasingOnBadDisk, is_not_completed_while_a_file_cannot_be_unlinked) {
  erase_in_vain({.kinds = {DiskOperation::kRemove}, .lasting = true});
  world_.disk().mend();
  expect_gone();
}

TEST_F(ErasingOnBadDisk, is_not_completed_while_the_folder_cannot_be_synced) {
  // The first sync belongs to the segment that is written anew.
  erase_in_vain({.after = 1, .kinds = {DiskOperation::kSyncFolder}, .lasting = true});
  world_.disk().mend();
  expect_gone();
}

TEST_F(ErasingOnBadDisk, is_not_completed_while_a_file_lies_there_whose_replacement_came_late) {
  ASSERT_TRUE(world_.store().erase({model::WorkspaceNumber{1}, kTask, base::kTimeMin, base::kTimeMax}));
  // The segment that is written anew stands in the manifest, and its name finds no room.
  world_.disk().plan({.kinds = {DiskOperation::kRename}, .fault = DiskFault::kFull});
  EXPECT_FALSE(local().run_upkeep().has_value());
  ASSERT_TRUE(world_.disk().has_struck());
  EXPECT_FALSE(is_completed());
  // Then the old one cannot be removed.
  world_.disk().plan({.kinds = {DiskOperation::kRemove}, .lasting = true});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(local().run_upkeep().has_value());
  EXPECT_FALSE(is_completed());
  world_.disk().mend();
  expect_gone();
}

TEST_F(ErasingOnBadDisk, is_completed_after_a_restart_that_removes_the_file) {
  erase_in_vain({.kinds = {DiskOperation::kRemove}, .lasting = true});
  world_.close();
  world_.disk().mend();
  ASSERT_TRUE(world_.open());
  EXPECT_FALSE(is_completed());
  expect_gone();
}

}  // namespace
}  // namespace waybill::testing
