// What only a store on disk must do.
#include "store/local/local_store.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/files.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "base/thread.h"
#include "obs/log.h"
#include "sqlite/connection.h"
#include "store/local/repair.h"
#include "store/local/schema.h"
#include "support/store_on_fault_disk.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using base::ErrorCode;
using store::LocalStore;

class LocalStoreTest : public ::testing::Test {
 protected:
  store::LocalParts parts() { return {random_, clock_, log_, files_, records_differ}; }
  auto open(store::LocalOptions options = {}) { return LocalStore::open(folder_.path(), parts(), std::move(options)); }

  sqlite::Connection database() {
    auto connection = sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite);
    EXPECT_TRUE(connection.has_value());
    return *std::move(connection);
  }

  void fill() {
    auto opened = open();
    ASSERT_TRUE(opened.has_value());
    const model::Account account = make_first_account(**opened);
    const store::Unit unit =
        make_unit(account, 1, {make_event("a", 10, {{model::Dimension::kEventType, "t"}}), make_event("b", 20, {})});
    ASSERT_TRUE((*opened)->append({&unit, 1}).has_value());
  }

  // One event more, of the same account.
  void fill_more(const std::string& name) {
    auto opened = open();
    ASSERT_TRUE(opened.has_value());
    const store::Unit unit = make_unit((*opened)->accounts()->front(), 1, {make_event(name, 30, {})});
    ASSERT_TRUE((*opened)->append({&unit, 1}).has_value());
  }

  base::SystemRandom random_;
  base::testing::FakeClock clock_{base::from_ms(1'000)};
  base::SystemFiles files_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  TemporaryFolder folder_;
};

TEST_F(LocalStoreTest, a_folder_that_is_open_is_refused_by_name) {
  const auto first = open();
  ASSERT_TRUE(first.has_value());
  const auto second = open();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_NE(second.error().message().find(folder_.path().string()), std::string::npos);
}

TEST_F(LocalStoreTest, an_erasure_takes_what_is_kept_aside_meanwhile) {
  fill();
  std::unique_ptr<LocalStore> store;
  store::LocalOptions options;
  options.at_step = [&](std::string_view step) {
    if (step != "erase.before_commit") return;
    store::Reject reject;
    reject.account = model::AccountNumber{1};
    reject.workspace_text = workspace_sid(1).to_text();
    reject.arrived = clock_.now();
    reject.body = "no event";
    EXPECT_TRUE(store->rejects().keep({&reject, 1}));
  };
  store = *open(options);
  store::ErasureRequest request;
  request.workspace = store->workspaces(model::AccountNumber{1}).front().number;
  ASSERT_TRUE(store->erase(request));
  EXPECT_EQ(store->rejects().list({})->size(), 0U);
}

TEST_F(LocalStoreTest, a_gap_before_the_first_row_of_the_log_is_noticed) {
  fill();
  fill_more("c");
  ASSERT_TRUE(database().execute("DELETE FROM log WHERE first_position = 1"));
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(opened.error().message().find("lacks what stood at positions 1 to 2, "), std::string::npos)
      << opened.error().message();
}

TEST_F(LocalStoreTest, a_gap_before_the_first_row_of_the_log_is_repaired) {
  fill();
  {
    // What is sealed has gone from the log; behind it stand three commits.
    const auto store = *open(tiny_options());
    const model::Account account = store->accounts()->front();
    const auto append = [&](const std::string& name, int count) {
      std::vector<model::Event> events;
      for (int i = 0; i < count; ++i) events.push_back(make_event(name + std::to_string(i), i, {}));
      const store::Unit unit = make_unit(account, 1, std::move(events));
      ASSERT_TRUE(store->append({&unit, 1}));
    };
    append("sealed", 100);
    ASSERT_TRUE(store->run_upkeep());
    ASSERT_EQ(store->figures().unsealed_events, 0U);
    append("lost", 5);
    append("left", 7);
    append("left too", 9);
  }
  const std::int64_t first = *database().query_integer("SELECT min(first_position) FROM log");
  ASSERT_TRUE(database().execute("DELETE FROM log WHERE first_position = " + std::to_string(first)));
  const std::string places = "positions " + std::to_string(first) + " to " + std::to_string(first + 4);
  const auto refused = open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(refused.error().message().find("the log of waybill.db lacks what stood at " + places), std::string::npos)
      << refused.error().message();
  EXPECT_NE(refused.error().message().find("`waybill repair`"), std::string::npos) << refused.error().message();

  const auto describe = [](std::string_view) { return base::corruption("told nothing"); };
  const store::RepairParts repair{files_, random_, clock_.now(), describe, [](const std::string&) {}};
  const auto report = store::repair_store(folder_.path(), repair);
  ASSERT_TRUE(report.has_value()) << report.error().message();
  ASSERT_EQ(report->lost.size(), 1U);
  EXPECT_EQ(report->lost.front(),
            "5 events of the log (" + places + ") cannot be read; sending them again brings them back");
  EXPECT_TRUE(store::repair_store(folder_.path(), repair)->done.empty()) << "nothing is left to do";

  const auto store = open(tiny_options());
  ASSERT_TRUE(store.has_value()) << store.error().message();
  EXPECT_EQ(to_number((*store)->horizon()), static_cast<std::uint64_t>(first) + 20);
  const store::Unit again = make_unit((*store)->accounts()->front(), 1,
                                      {make_event("sealed3", 3, {}), make_event("lost3", 3, {}),
                                       make_event("left3", 3, {}), make_event("left too8", 8, {})});
  EXPECT_EQ((*store)->append({&again, 1})->front(), (store::UnitOutcome{1, 3, 0, 0}));
}

TEST_F(LocalStoreTest, a_start_beside_a_reader_says_that_the_write_ahead_log_stays) {
  fill();
  auto reader = database();
  ASSERT_TRUE(reader.execute("BEGIN"));
  ASSERT_TRUE(reader.query_integer("SELECT count(*) FROM log"));
  fill_more("c");
  const obs::Log told(obs::LogForm::kText, obs::LogLevel::kWarning);
  ::testing::internal::CaptureStderr();
  const auto beside = LocalStore::open(folder_.path(), {random_, clock_, told, files_, records_differ}, {});
  const std::string said = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(beside.has_value()) << beside.error().message();
  EXPECT_NE(said.find("the write-ahead log could not be moved into the database yet"), std::string::npos) << said;
  EXPECT_EQ(to_number((*beside)->horizon()), 3U);
}

// Standard error as a pipe that is full, and that nobody reads until drain().
class FullStandardError {
 public:
  FullStandardError() : before_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe(ends_), 0);
    EXPECT_EQ(fcntl(ends_[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends_[1], ".", 1) == 1) {
    }
    EXPECT_EQ(fcntl(ends_[1], F_SETFL, 0), 0);
    EXPECT_EQ(dup2(ends_[1], STDERR_FILENO), STDERR_FILENO);
  }
  // What is written from here on goes where it went before.
  void drain() {
    dup2(before_, STDERR_FILENO);
    close(before_);
    close(ends_[1]);
    char bytes[4096];
    while (read(ends_[0], bytes, sizeof bytes) > 0) {
    }
    close(ends_[0]);
  }

 private:
  int before_;
  int ends_[2] = {};
};

TEST(LocalStoreLog, a_line_that_takes_long_holds_up_no_question_about_the_store) {
  StoreOnFaultDisk world;
  ASSERT_TRUE(world.open());
  std::vector<model::Event> events;
  for (int i = 0; i < 100; ++i) events.push_back(make_event(std::to_string(i), i, {}));
  const store::Unit unit = make_unit(make_first_account(world.store()), 1, std::move(events));
  ASSERT_TRUE(world.store().append({&unit, 1}));
  world.disk().plan({.kinds = {base::testing::DiskOperation::kCreate}, .lasting = true});
  FullStandardError full;
  base::Thread upkeep("upkeep", [&] { EXPECT_FALSE(world.store_under_test().run_upkeep_step().has_value()); });
  auto asked = std::async(std::launch::async, [&] {
    while (!world.store().figures().problem) std::this_thread::yield();
  });
  const bool was_answered = asked.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  full.drain();
  upkeep.join();
  EXPECT_TRUE(was_answered) << "the failure's line waits for its reader";
}

TEST_F(LocalStoreTest, its_files_are_its_owners_alone) {
  const TemporaryFolder parent;
  const std::filesystem::path folder = parent.path() / "made" / "data";
  ASSERT_TRUE(LocalStore::open(folder, parts(), {}).has_value());
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder).permissions(), perms::owner_all);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) {
      EXPECT_EQ(entry.status().permissions(), perms::owner_all) << entry.path();
      continue;
    }
    EXPECT_EQ(entry.status().permissions(), perms::owner_read | perms::owner_write) << entry.path();
  }
}

TEST_F(LocalStoreTest, a_later_format_is_refused_by_number) {
  fill();
  ASSERT_TRUE(database().execute("PRAGMA user_version = 999"));
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kConflict);
  EXPECT_NE(opened.error().message().find("999"), std::string::npos);
}

TEST_F(LocalStoreTest, a_directory_from_before_the_ledger_is_brought_to_this_format) {
  fill();
  ASSERT_TRUE(
      database().execute("DROP TABLE pulls; DROP TABLE gaps; DROP TABLE feeds; DROP TABLE alive; DROP TABLE rejects;"
                         "PRAGMA user_version = 2"));
  // Whoever does not hold the directory leaves its format alone.
  ASSERT_TRUE(store::open_registry(folder_.path()));
  const auto refused = store::SqlLedger::open(folder_.path(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
  {
    const auto opened = open();
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ((*opened)->horizon(), model::Position{2});
    EXPECT_TRUE((*opened)->ledger().record_alive(base::from_ms(5)));
  }
  EXPECT_EQ(*database().query_integer("PRAGMA user_version"), store::kDatabaseFormat);
  EXPECT_EQ(*(*store::SqlLedger::open(folder_.path(), {}))->last_alive(), base::from_ms(5));
}

TEST_F(LocalStoreTest, a_directory_from_before_anything_was_kept_aside_is_brought_to_this_format) {
  fill();
  ASSERT_TRUE(database().execute("DROP TABLE rejects; PRAGMA user_version = 3"));
  // Whoever only looks finds nothing, and what else there is.
  ASSERT_TRUE(store::SqlLedger::open(folder_.path(), {}));
  EXPECT_TRUE((*store::SqlRejects::open_to_read(folder_.path()))->list({})->empty());
  EXPECT_EQ((*store::SqlRejects::open_to_read(folder_.path()))->figures()->count, 0U);
  const auto refused = store::SqlRejects::open(folder_.path(), {}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
  store::Reject reject;
  reject.body = "x";
  {
    const auto opened = open();
    ASSERT_TRUE(opened.has_value());
    EXPECT_TRUE((*opened)->rejects().keep({&reject, 1}));
  }
  EXPECT_EQ(*database().query_integer("PRAGMA user_version"), store::kDatabaseFormat);
  EXPECT_EQ((*store::SqlRejects::open_to_read(folder_.path()))->list({})->size(), 1U);
}

TEST_F(LocalStoreTest, what_is_kept_aside_expires) {
  store::LocalOptions options;
  options.background = false;
  options.rejects_for = std::chrono::minutes(10);
  const auto opened = open(options);
  ASSERT_TRUE(opened.has_value());
  store::Reject reject;
  reject.arrived = clock_.now();
  reject.body = "a secret word: sesame";
  ASSERT_TRUE((*opened)->rejects().keep({&reject, 1}));
  clock_.advance(std::chrono::minutes(10));
  ASSERT_TRUE((*opened)->run_upkeep());
  EXPECT_EQ((*opened)->rejects().figures()->count, 1U);
  clock_.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE((*opened)->run_upkeep());
  EXPECT_EQ((*opened)->rejects().figures()->count, 0U);
  // It is overwritten in the database; its log is emptied by the next checkpoint.
  ASSERT_TRUE(database().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  EXPECT_EQ(base::read_file(folder_.path() / store::kDatabaseFile)->find("sesame"), std::string::npos);
}

TEST_F(LocalStoreTest, nothing_is_kept_aside_after_a_write_that_failed) {
  base::Error failure = base::io_error("the disk is gone");
  bool is_broken = false;
  store::RejectGuard guard{[&] { return is_broken ? std::optional(failure) : std::nullopt; },
                           [&](const base::Error&) { is_broken = true; }};
  ASSERT_TRUE(open().has_value());
  const auto rejects = store::SqlRejects::open(folder_.path(), {}, {}, guard);
  ASSERT_TRUE(rejects.has_value());
  store::Reject reject;
  ASSERT_TRUE((*rejects)->keep({&reject, 1}));
  EXPECT_FALSE((*rejects)->set_problem(9, "x"));
  EXPECT_FALSE(is_broken) << "what is merely not there breaks nothing";
  is_broken = true;
  const auto refused = (*rejects)->keep({&reject, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), failure);
}

TEST_F(LocalStoreTest, the_ledger_is_read_while_the_directory_is_held) {
  const auto opened = open();
  ASSERT_TRUE(opened.has_value());
  ASSERT_TRUE((*opened)->ledger().record_alive(base::from_ms(7)));
  const auto beside = store::SqlLedger::open(folder_.path(), {});
  ASSERT_TRUE(beside);
  EXPECT_EQ(*(*beside)->last_alive(), base::from_ms(7));
}

TEST_F(LocalStoreTest, somebody_elses_database_is_refused) {
  std::ofstream(folder_.path() / store::kDatabaseFile) << "";
  ASSERT_TRUE(database().execute("CREATE TABLE theirs (a)"));
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
}

TEST_F(LocalStoreTest, a_changed_row_of_the_log_stops_the_opening_and_names_the_position) {
  const std::string changes[] = {
      "first_position = 2",     "count = 3", "count = 1", "events = x''", "events = zeroblob(length(events))",
      "checksum = checksum + 1"};
  for (const std::string& change : changes) {
    SCOPED_TRACE(change);
    std::filesystem::remove_all(folder_.path());
    fill();
    ASSERT_TRUE(database().execute("UPDATE log SET " + change));
    const auto opened = open();
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
    EXPECT_NE(opened.error().message().find("position"), std::string::npos);
  }
}

// Events whose records fill pages of their own, sealed in one segment; then a byte in the record of the first is
// changed.
class DamagedSegmentTest : public LocalStoreTest {
 protected:
  void SetUp() override {
    store::LocalOptions options = tiny_options();
    options.seal_rows = 1;
    {
      auto opened = open(options);
      ASSERT_TRUE(opened.has_value());
      account_ = std::make_unique<model::Account>(make_first_account(**opened));
      const store::Unit unit =
          make_unit(*account_, 1, {make_event("a", 10, {}, record('a')), make_event("b", 20, {}, record('b'))});
      ASSERT_TRUE((*opened)->append({&unit, 1}).has_value());
      ASSERT_TRUE((*opened)->run_upkeep());
      ASSERT_EQ((*opened)->archive()->segments().size(), 1U);
      path_ = (*opened)->archive()->segments().front()->path();
    }
    std::string bytes = *base::read_file(path_);
    const std::size_t at = bytes.find(record('a'));
    ASSERT_NE(at, std::string::npos);
    bytes[at + 100] ^= 1;
    std::ofstream(path_, std::ios::binary) << bytes;
    auto opened = open(options);
    ASSERT_TRUE(opened.has_value());
    store_ = *std::move(opened);
  }

  static std::string record(char letter) { return std::string(20'000, letter); }

  std::filesystem::path path_;
  std::unique_ptr<model::Account> account_;
  std::unique_ptr<LocalStore> store_;
};

TEST_F(DamagedSegmentTest, fails_the_list_that_needs_the_record_by_name_and_no_other) {
  model::EventQuery query;
  query.workspace = model::WorkspaceNumber{1};
  const auto all = store_->list(query);
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(all.error().message().find(path_.string()), std::string::npos);
  query.from = base::from_ms(20);
  const auto second = store_->list(query);
  ASSERT_TRUE(second.has_value()) << second.error().message();
  EXPECT_EQ(second->events.size(), 1U);
}

TEST_F(DamagedSegmentTest, a_copy_of_the_damaged_event_is_kept_aside_and_writing_goes_on) {
  const store::Unit unit = make_unit(*account_, 1, {make_event("a", 10, {}, record('a')), make_event("new", 30, {})});
  const auto outcomes = store_->append({&unit, 1});
  ASSERT_TRUE(outcomes.has_value());
  EXPECT_EQ(outcomes->front(), (store::UnitOutcome{1, 0, 1, 0}));
}

TEST_F(LocalStoreTest, a_full_disk_refuses_the_unit_whole_and_takes_it_when_there_is_room) {
  auto opened = open();
  ASSERT_TRUE(opened.has_value());
  store::EventStore& store = **opened;
  const model::Account account = make_first_account(store);
  const store::Unit small = make_unit(account, 1, {make_event("a", 10, {})});
  ASSERT_TRUE(store.append({&small, 1}).has_value());

  // The store's own connection is asked to fill up, as a disk would make it.
  static_cast<LocalStore&>(store).limit_pages_for_test(60);
  std::vector<model::Event> many;
  for (int i = 0; i < 200; ++i) many.push_back(make_event(std::to_string(i), i, {}, std::string(4'000, 'x')));
  const store::Unit large = make_unit(account, 2, many);
  const auto refused = store.append({&large, 1});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kStorageFull);
  EXPECT_FALSE(store.find_workspace(account.number, workspace_sid(2)));
  EXPECT_EQ(store.horizon(), model::Position{1});

  static_cast<LocalStore&>(store).limit_pages_for_test(1'000'000);
  const auto taken = store.append({&large, 1});
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->front().accepted, 200U);
}

}  // namespace
}  // namespace waybill::testing
