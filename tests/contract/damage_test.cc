// What the store on disk does about files that are damaged: outcomes stay exact, sid files are made anew, what cannot
// be read is told.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/files.h"
#include "contract/disk_store.h"
#include "store/local/repair.h"
#include "store/local/schema.h"
#include "support/store_on_fault_disk.h"

namespace waybill::testing {
namespace {

namespace fs = std::filesystem;

using base::ErrorCode;
using store::DamagedFile;
using store::UnitOutcome;

constexpr int kEvents = 300;

class Damage : public DiskStore {
 protected:
  Damage() : DiskStore(base::from_ms(1'000'000)) {}
  void SetUp() override { open(); }
  // The store goes before what it calls at each step.
  void TearDown() override { store_.reset(); }

  void open(store::LocalOptions options = tiny_options()) {
    options.at_step = [this](std::string_view step) {
      if (at_step_) at_step_(step);
    };
    DiskStore::open(std::move(options));
  }

  void close() { store_.reset(); }

  // Events of two workspaces by name and number, all alike if `record` is empty.
  static std::vector<model::Event> events(const std::string& name, int count, const std::string& record = {}) {
    std::vector<model::Event> out;
    for (int i = 0; i < count; ++i) {
      const std::string of = name + std::to_string(i);
      out.push_back(make_event(of, i * 10, {{model::Dimension::kEventType, "t" + std::to_string(i % 3)}},
                               record.empty() ? std::string() : record + of));
    }
    return out;
  }

  // A store whose events are all sealed, in several files of each kind.
  void fill() {
    for (int part = 0; part < 4; ++part) {
      EXPECT_EQ(append(events("e" + std::to_string(part) + "-", kEvents / 4)).accepted, kEvents / 4U);
      EXPECT_TRUE(store_->run_upkeep());
    }
    EXPECT_EQ(append(events("other-", 60), 2).accepted, 60U);
    EXPECT_TRUE(store_->run_upkeep());
    EXPECT_EQ(store_->figures().unsealed_events, 0U);
  }

  [[nodiscard]] std::vector<fs::path> paths(const std::string& extension) const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder_.path() / store::kSegmentFolder)) {
      if (entry.path().extension() == extension) out.push_back(entry.path());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  static void flip(const fs::path& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const auto byte = static_cast<char>(file.get());
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 0x55));
    ASSERT_TRUE(file.flush().good());
  }

  // What every event is told to be: known and the same, known and other, or new; and none of it kept in vain.
  void expect_exact() {
    for (int part = 0; part < 4; ++part) {
      const std::string name = "e" + std::to_string(part) + "-";
      EXPECT_EQ(append(events(name, kEvents / 4)), (UnitOutcome{0, kEvents / 4U, 0, 0}));
      EXPECT_EQ(append(events(name, 5, "otherwise ")), (UnitOutcome{0, 0, 5, 0}));
      EXPECT_EQ(append(events("new" + std::to_string(++news_) + name, 5)), (UnitOutcome{5, 0, 0, 0}));
    }
    EXPECT_EQ(append(events("other-", 60), 2), (UnitOutcome{0, 60, 0, 0}));
    EXPECT_EQ(store_->variants({}).value().size(), 20U);
    EXPECT_EQ(store_->figures().uncompared, 0U);
  }

  [[nodiscard]] base::Result<model::FoundPage> list(std::uint8_t workspace) const {
    model::EventQuery query;
    query.workspace = store_->find_workspace(account_->number, workspace_sid(workspace))->number;
    query.limit = 1000;
    return store_->list(query);
  }

  std::function<void(std::string_view)> at_step_;
  int news_ = 0;
};

TEST_F(Damage, of_a_sid_file_changes_no_outcome_and_is_mended) {
  fill();
  close();
  ASSERT_FALSE(paths(".sid").empty());
  for (const fs::path& path : paths(".sid")) flip(path, 100);
  open();
  EXPECT_TRUE(store_->damage().empty()) << "nobody has met it";
  expect_exact();
  const std::vector<DamagedFile> damage = store_->damage();
  ASSERT_EQ(damage.size(), paths(".sid").size());
  EXPECT_EQ(damage.front().kind, DamagedFile::Kind::kSids);
  EXPECT_NE(damage.front().first.find(damage.front().name), std::string::npos);
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->damage().empty());
  expect_exact();
  open();
  expect_exact();
  EXPECT_TRUE(store_->damage().empty());
  EXPECT_EQ(list(1).value().events.size(), kEvents + 60U);
}

TEST_F(Damage, of_a_sid_file_that_is_cut_off_while_it_is_mapped_changes_no_outcome) {
  fill();
  for (const fs::path& path : paths(".sid")) fs::resize_file(path, 0);
  expect_exact();
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->damage().empty());
  expect_exact();
  open();
  expect_exact();
}

TEST_F(Damage, of_a_sid_file_lets_no_erased_event_in) {
  fill();
  store::ErasureRequest request;
  request.workspace = store_->find_workspace(account_->number, workspace_sid(1))->number;
  request.subject = model::Term{model::Dimension::kEventType, "t1"};
  ASSERT_TRUE(store_->erase(request));
  ASSERT_TRUE(store_->run_upkeep());
  ASSERT_TRUE(store_->erasures()->front().completed);
  close();
  for (const fs::path& path : paths(".sid")) flip(path, 100);
  open();
  // Of a time and a type that the erasure does not name.
  const auto disguised = [] { return make_event("e2-1", 12'345, {{model::Dimension::kEventType, "t2"}}); };
  EXPECT_EQ(append({disguised()}), (UnitOutcome{0, 0, 0, 1}));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->damage().empty());
  EXPECT_EQ(append({disguised()}), (UnitOutcome{0, 0, 0, 1}));
  open();
  EXPECT_EQ(append({disguised()}), (UnitOutcome{0, 0, 0, 1}));
  EXPECT_EQ(append({make_event("unheard of", 12'345, {})}).accepted, 1U);
}

TEST_F(Damage, of_a_segment_keeps_no_step_from_what_is_whole) {
  fill();
  store::ErasureRequest request;
  request.workspace = store_->find_workspace(account_->number, workspace_sid(1))->number;
  request.subject = model::Term{model::Dimension::kEventType, "t1"};
  ASSERT_TRUE(store_->erase(request));
  close();
  flip(paths(".seg").front(), 20);
  open();
  // Its rows cannot be written anew, and that is told. What comes is sealed, and merged, all the same.
  constexpr int kRounds = 40;
  for (int round = 0; round < kRounds; ++round) {
    EXPECT_EQ(append(events("round" + std::to_string(round) + "-", 60), 2).accepted, 60U);
    const auto upkeep = store_->run_upkeep();
    ASSERT_FALSE(upkeep.has_value());
    EXPECT_EQ(upkeep.error().code(), ErrorCode::kCorruption);
  }
  EXPECT_EQ(store_->figures().unsealed_events, 0U);
  EXPECT_LT(store_->figures().segments, kRounds / 2U);
  EXPECT_LT(store_->figures().sid_files, kRounds / 2U);
  EXPECT_FALSE(store_->erasures()->front().completed);
}

TEST_F(Damage, of_a_record_fails_its_list_alone_and_keeps_the_newcomer) {
  fill();
  close();
  // The first bytes behind the prologue are records.
  for (const fs::path& path : paths(".seg")) flip(path, 20);
  open();
  const auto listed = list(1);
  ASSERT_FALSE(listed.has_value());
  EXPECT_EQ(listed.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(listed.error().message().find(".seg at offset "), std::string::npos) << listed.error().message();
  EXPECT_EQ(store_->damage().front().kind, DamagedFile::Kind::kSegment);
  EXPECT_EQ(append({make_event("e0-0", 0, {{model::Dimension::kEventType, "t0"}})}).variants, 1U);
  EXPECT_EQ(store_->figures().uncompared, 1U);
  EXPECT_FALSE(store_->stopped());
  EXPECT_EQ(append({make_event("quite new", 5, {})}).accepted, 1U);
  EXPECT_EQ(store_->variants({}).value().size(), 1U);
}

// On one thread: an append beside the look would wait for ever if the look held the writer's lock.
TEST_F(Damage, of_a_sid_file_is_looked_at_beside_other_appends) {
  fill();
  close();
  for (const fs::path& path : paths(".sid")) flip(path, 100);
  open();
  int looks = 0;
  at_step_ = [&](std::string_view step) {
    if (step != "append.look_at_damage" || ++looks > 1) return;
    EXPECT_EQ(append(events("beside-", 5)).accepted, 5U);
  };
  EXPECT_EQ(append(events("e0-", kEvents / 4)), (UnitOutcome{0, kEvents / 4U, 0, 0}));
  EXPECT_GE(looks, 1);
  const int before = looks;
  EXPECT_EQ(append(events("e1-", kEvents / 4)), (UnitOutcome{0, kEvents / 4U, 0, 0}));
  EXPECT_EQ(looks, before) << "what was seen is remembered";
  at_step_ = {};
  expect_exact();
}

TEST_F(Damage, of_a_sid_file_is_mended_by_a_step_that_yields_to_sealing) {
  constexpr int kMany = 40'000;
  store::LocalOptions options = tiny_options();
  options.seal_rows = kMany;
  options.segment_rows_max = 1U << 20U;
  open(options);
  for (const char* const name : {"a", "b"}) {
    EXPECT_EQ(append(events(name, kMany)).accepted, kMany);
    ASSERT_TRUE(store_->run_upkeep());
  }
  close();
  flip(paths(".sid").front(), 100);
  open(options);
  EXPECT_EQ(append(events("a", kMany)).duplicates, kMany);
  ASSERT_EQ(store_->damage().size(), 1U);
  bool is_mending = false;
  at_step_ = [&](std::string_view step) {
    if (step != "mend_sids.begin") return;
    is_mending = true;
    EXPECT_EQ(append(events("c", kMany)).accepted, kMany);
  };
  while (!is_mending) ASSERT_TRUE(*store_->run_upkeep_step());
  EXPECT_EQ(store_->figures().unsealed_events, 0U) << "the step that mends has sealed what came";
  EXPECT_TRUE(store_->damage().empty());
  at_step_ = {};
  for (const char* const name : {"a", "b", "c"}) EXPECT_EQ(append(events(name, kMany)).duplicates, kMany) << name;
}

// A file that is not there for a while, under a mapping that shows nothing any more.
TEST_F(Damage, of_a_mapped_segment_passes_when_the_disk_gives_it_again) {
  fill();
  ASSERT_TRUE(list(1).has_value());
  std::vector<std::pair<fs::path, std::string>> taken;
  for (const fs::path& path : paths(".seg")) {
    taken.emplace_back(path, base::read_file(path).value());
    fs::resize_file(path, 0);
  }
  EXPECT_FALSE(list(1).has_value());
  EXPECT_FALSE(store_->damage().empty());
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_FALSE(store_->damage().empty()) << "nothing has changed";
  for (const auto& [path, bytes] : taken) {
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << bytes;
  }
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_TRUE(store_->damage().empty());
  EXPECT_EQ(list(1).value().events.size(), kEvents + 0U);
  expect_exact();
}

// A disk that refuses reads for a while.
class PassingDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world_.open());
    const model::Account account = make_first_account(world_.store());
    std::vector<model::Event> events;
    for (int i = 0; i < kEvents; ++i) events.push_back(make_event(std::to_string(i), i, {}));
    const store::Unit unit = make_unit(account, 1, std::move(events));
    ASSERT_TRUE(world_.store().append({&unit, 1}));
    ASSERT_TRUE(world_.store_under_test().run_upkeep());
    world_.close();
    ASSERT_TRUE(world_.open());
  }
  void TearDown() override { world_.close(); }

  bool is_listed() {
    model::EventQuery query;
    query.workspace = model::WorkspaceNumber{1};
    query.limit = 1000;
    return world_.store().list(query).has_value();
  }
  // As /readyz and the metrics say it.
  void expect_damaged(bool is_damaged) {
    EXPECT_NE(world_.store().damage().empty(), is_damaged);
    EXPECT_NE(world_.store().figures().damage.empty(), is_damaged);
  }
  void fail_reads(bool lasting) {
    world_.disk().plan({.kinds = {base::testing::DiskOperation::kRead}, .lasting = lasting});
  }

  StoreOnFaultDisk world_;
};

TEST_F(PassingDamage, is_taken_back_when_the_page_is_read_again) {
  fail_reads(false);
  EXPECT_FALSE(is_listed());
  expect_damaged(true);
  EXPECT_TRUE(is_listed());
  expect_damaged(false);
}

TEST_F(PassingDamage, is_taken_back_by_upkeep_where_nothing_else_reads_the_page) {
  fail_reads(true);
  EXPECT_FALSE(is_listed());
  EXPECT_FALSE(world_.store_under_test().run_upkeep().has_value()) << "the database cannot be read either";
  expect_damaged(true);
  world_.disk().mend();
  ASSERT_TRUE(world_.store_under_test().run_upkeep());
  expect_damaged(false);
  EXPECT_TRUE(is_listed());
}

}  // namespace
}  // namespace waybill::testing
