// How a store on disk takes events away while it is written to, and while its disk fails.
#include <chrono>
#include <filesystem>
#include <fstream>
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
const model::Term kOther{model::Dimension::kTask, std::string(16, 'O')};

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

  // Forgets the store there was.
  void start_anew() {
    at_step_ = {};
    store_.reset();
    account_.reset();
    std::filesystem::remove_all(folder_.path());
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
  // How many events a start shows that keeps everything, and that finds what a process leaves which ends here.
  std::size_t left_here() {
    const TemporaryFolder left;
    EXPECT_TRUE(database().execute("VACUUM INTO '" + (left.path() / store::kDatabaseFile).string() + "'"));
    std::filesystem::copy(folder_.path() / store::kSegmentFolder, left.path() / store::kSegmentFolder,
                          std::filesystem::copy_options::recursive);
    const auto opened =
        store::LocalStore::open(left.path(), {random_, clock_, log_, files_, records_differ}, tiny_options());
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    model::EventQuery query;
    query.workspace = model::WorkspaceNumber{1};
    query.limit = 1'000;
    return opened ? (*opened)->list(query).value().events.size() : 0;
  }

  static void damage(const std::filesystem::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(20);
    const auto byte = static_cast<char>(file.get());
    file.seekp(20);
    file.put(static_cast<char>(byte ^ 0x55));
    ASSERT_TRUE(file.flush().good());
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

// Before each look under the lock another minute has expired, and the mark has moved on.
TEST_F(Erasing, an_erasure_ends_beside_a_retention_whose_mark_moves_on) {
  constexpr int kMinutes = 200;
  for (const int moves : {3, kMinutes}) {
    start_anew();
    store::LocalOptions options = tiny_options();
    options.retention = minutes(kMinutes - 1);
    open(options);
    std::vector<model::Event> events;
    const std::int64_t now = base::to_ms(clock_.now());
    for (int i = 0; i < kMinutes; ++i) {
      events.push_back(make_event("e" + std::to_string(i), now - i * 60'000, {i % 2 == 0 ? kTask : kOther}));
    }
    append(std::move(events));
    ASSERT_TRUE(store_->run_upkeep());
    int pauses = 0;
    at_step_ = [&](std::string_view step) {
      if (step != "erase.before_commit" || ++pauses > moves) return;
      clock_.advance(minutes(1));
      EXPECT_TRUE(store_->run_upkeep());
    };
    const auto erased = store_->erase(all_of_task());
    ASSERT_TRUE(erased.has_value()) << erased.error().message();
    EXPECT_LT(pauses, 30) << "it has an end also where the mark moves on each time";
    EXPECT_GE(pauses, 3);
    EXPECT_EQ(seen({kTask}), 0U);
    at_step_ = {};
    ASSERT_TRUE(store_->run_upkeep());
    EXPECT_TRUE(store_->erasures()->front().completed.has_value());
    const auto expired = static_cast<std::size_t>(std::min(pauses, moves) + 1) / 2;
    EXPECT_EQ(seen(), kMinutes / 2 - expired);
    if (moves == 3) {
      EXPECT_EQ(erased->events, 99U) << "all of the task but the one that has expired meanwhile";
    }
  }
}

TEST_F(Erasing, an_erased_event_that_comes_again_otherwise_is_dropped_and_no_variant) {
  open();
  append_many("sealed", 60, {kTask});
  ASSERT_TRUE(store_->run_upkeep());
  append_many("fresh", 20, {kTask});
  ASSERT_TRUE(store_->erase(all_of_task()));
  // Of another time, of no task, with another record: its sid alone tells.
  const auto expect_dropped = [&](const char* when) {
    for (const char* const name : {"sealed7", "fresh7"}) {
      EXPECT_EQ(append({make_event(name, kStartMs + 900'000, {}, "otherwise")}), (UnitOutcome{0, 0, 0, 1}))
          << name << " " << when;
    }
    EXPECT_EQ(store_->variants({})->size(), 0U) << when;
    EXPECT_EQ(store_->figures().uncompared, 0U) << when;
  };
  expect_dropped("while the bytes are there");
  store_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / store::kSegmentFolder)) {
    if (entry.path().extension() == ".seg") damage(entry.path());
  }
  open();
  expect_dropped("while the bytes are there and cannot be read");
  store_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / store::kSegmentFolder)) {
    if (entry.path().extension() == ".seg") damage(entry.path());
  }
  open();
  ASSERT_TRUE(store_->run_upkeep());
  ASSERT_TRUE(store_->erasures()->front().completed.has_value());
  expect_dropped("when they are gone");
  open();
  expect_dropped("after a restart");
}

// Its event is too old to be found, and no sid file has the sid.
TEST_F(Erasing, an_erased_sid_of_the_tail_stays_erased_when_its_time_has_expired) {
  store::LocalOptions options = tiny_options();
  options.retention = minutes(10);
  open(std::move(options));
  append({make_event("s", kStartMs - 9 * 60'000, {kTask})});
  ASSERT_TRUE(store_->erase(all_of_task()));
  clock_.advance(minutes(2));
  EXPECT_EQ(append({make_event("s", kStartMs, {})}), (UnitOutcome{0, 0, 0, 1}));
}

// Wherever the event lies that had the sid before, and the one that has it now.
TEST_F(Erasing, a_sid_that_comes_again_after_its_event_has_expired_is_one_event) {
  for (const bool is_sealed : {true, false}) {
    SCOPED_TRACE(is_sealed ? "sealed" : "in the tail");
    start_anew();
    store::LocalOptions options = tiny_options();
    options.retention = minutes(10);
    const std::int64_t now = base::to_ms(clock_.now());
    open(options);
    append({make_event("s", now - 9 * 60'000, {}, "first")});
    if (is_sealed) {
      append_many("filling", 100, {});
      ASSERT_TRUE(store_->run_upkeep());
      ASSERT_EQ(store_->figures().unsealed_events, 0U);
    }
    const std::size_t others = is_sealed ? 100 : 0;
    clock_.advance(minutes(2));
    ASSERT_FALSE(finds("s"));
    EXPECT_EQ(left_here(), others + 1) << "the first one, as long as nothing is for good";
    EXPECT_EQ(append({make_event("s", now, {}, "second")}), (UnitOutcome{1, 0, 0, 0}));
    EXPECT_EQ(left_here(), others + 1);
    const auto expect_one = [&](std::size_t more) {
      EXPECT_TRUE(finds("s"));
      EXPECT_EQ(append({make_event("s", now, {}, "second")}), (UnitOutcome{0, 1, 0, 0}));
      EXPECT_EQ(seen(), others + more + 1);
    };
    expect_one(0);
    open(options);
    expect_one(0);
    append_many("more", 60, {});
    ASSERT_TRUE(store_->run_upkeep());
    ASSERT_EQ(store_->figures().unsealed_events, 0U) << "both times of the sid are in sid files";
    expect_one(60);
    open();
    expect_one(60);
  }
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
      events.push_back(make_event(std::to_string(i), kStartMs + i, {i % 2 == 0 ? kTask : kOther}));
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

// What an erasure wrote whose process ended. Its number is given again.
TEST_F(ErasingOnBadDisk, what_a_start_finds_no_room_to_take_back_is_taken_back_later) {
  const auto count = [&] {
    auto database = sqlite::Connection::open(world_.folder() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite);
    return *database->query_integer("SELECT count(*) FROM erased");
  };
  world_.close();
  {
    auto database = sqlite::Connection::open(world_.folder() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite);
    ASSERT_TRUE(database->execute("INSERT INTO erased (workspace, sid_digest, erasure) VALUES (1, x'01', 1)"));
  }
  // The disk is full as early as it may be for a start that goes on.
  bool is_open = false;
  for (std::uint64_t after = 0; !is_open; ++after) {
    ASSERT_LT(after, 1'000U);
    world_.disk().plan({.after = after, .kinds = {DiskOperation::kWrite}, .fault = DiskFault::kFull, .lasting = true});
    is_open = world_.open().has_value();
  }
  ASSERT_TRUE(world_.disk().has_struck());
  ASSERT_EQ(count(), 1);
  world_.disk().mend();
  ASSERT_TRUE(local().run_upkeep());
  EXPECT_EQ(count(), 0);
  ASSERT_TRUE(world_.store().erase({model::WorkspaceNumber{1}, kTask, base::kTimeMin, base::kTimeMax}));
  expect_gone();
  EXPECT_EQ(count(), 50);
}

}  // namespace
}  // namespace waybill::testing
