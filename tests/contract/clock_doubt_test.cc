// A clock that is far ahead of everything the store knows removes nothing before it has stayed so for an hour.
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/disk_store.h"
#include "sqlite/connection.h"
#include "store/local/clock_trust.h"
#include "store/local/schema.h"

namespace waybill::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using store::Retention;
using store::UnitOutcome;

const Retention kMonth = minutes(std::chrono::days(30));
constexpr std::chrono::milliseconds kTooFar = std::chrono::days(31);

class ClockDoubt : public DiskStore {
 protected:
  // Files have the times of the machine, and a fake clock begins with them.
  ClockDoubt() : DiskStore(time_of_a_file()) {}

  void SetUp() override {
    open(kMonth);
    for (int i = 0; i < 4; ++i) append_now("e" + std::to_string(i), 100);
    ASSERT_TRUE(store_->run_upkeep());
    ASSERT_EQ(seen(), 400U);
  }

  void open(const Retention& retention) {
    store::LocalOptions options = tiny_options();
    options.retention = retention;
    options.rejects_for = kMonth;
    DiskStore::open(std::move(options));
  }
  void append_now(const std::string& name, int count) {
    std::vector<model::Event> events;
    for (int i = 0; i < count; ++i) {
      events.push_back(make_event(name + "/" + std::to_string(i), base::to_ms(clock_.now()) + i, {}));
    }
    append(std::move(events));
  }
  std::uint64_t bytes_there() { return store_->would_expire(model::WorkspaceNumber{1}, {})->of_events; }
  void keep_up_for(std::chrono::milliseconds time) {
    for (; time >= minutes(10); time -= minutes(10)) {
      clock_.advance(minutes(10));
      ASSERT_TRUE(store_->run_upkeep());
    }
    clock_.advance(time);
    ASSERT_TRUE(store_->run_upkeep());
  }

 private:
  static base::WallTime time_of_a_file() {
    const TemporaryFolder folder;
    EXPECT_TRUE(base::SystemFiles().create(folder.path() / "a_file").has_value());
    return *store::newest_file_time(folder.path());
  }
};

TEST_F(ClockDoubt, a_clock_that_is_wrong_for_a_while_costs_nothing) {
  store::Reject reject;
  reject.account = account_->number;
  reject.arrived = clock_.now();
  reject.body = "kept aside";
  ASSERT_TRUE(store_->rejects().keep({&reject, 1}));
  clock_.jump(kTooFar);
  EXPECT_EQ(append({make_event("of the right time", base::to_ms(clock_.now() - kTooFar), {})}),
            (UnitOutcome{1, 0, 0, 0}))
      << "nor is anything refused";
  keep_up_for(minutes(59));
  EXPECT_EQ(seen(), 0U);
  EXPECT_EQ(bytes_there(), 401U);
  clock_.jump(-kTooFar);
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(seen(), 401U);
  EXPECT_EQ(store_->rejects().figures()->count, 1U);
  keep_up_for(hours(5));
  EXPECT_EQ(seen(), 401U);
}

TEST_F(ClockDoubt, nor_does_one_that_is_wrong_over_a_restart) {
  clock_.jump(kTooFar);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(store_->run_upkeep());
    keep_up_for(minutes(50));
    open(kMonth);
  }
  clock_.jump(-kTooFar);
  EXPECT_EQ(seen(), 400U);
}

TEST_F(ClockDoubt, a_clock_that_stays_ahead_for_an_hour_is_believed) {
  clock_.jump(kTooFar);
  ASSERT_TRUE(store_->run_upkeep());
  keep_up_for(minutes(59));
  EXPECT_EQ(bytes_there(), 400U);
  keep_up_for(minutes(1));
  EXPECT_EQ(bytes_there(), 0U);
  clock_.jump(-kTooFar);
  EXPECT_EQ(seen(), 0U);
}

TEST_F(ClockDoubt, whoever_sets_never_before_that_loses_nothing) {
  clock_.jump(kTooFar);
  keep_up_for(minutes(30));
  ASSERT_TRUE(store_->set_retention(model::WorkspaceNumber{1}, Retention()));
  keep_up_for(hours(48));
  EXPECT_EQ(seen(), 400U);
}

TEST_F(ClockDoubt, an_archive_of_months_ago_expires_an_hour_after_its_start) {
  store_.reset();
  clock_.jump(kTooFar);
  open(kMonth);
  EXPECT_EQ(store_->first_removal_after(), hours(1));
  EXPECT_EQ(seen(), 0U);
  keep_up_for(minutes(59));
  EXPECT_EQ(bytes_there(), 400U);
  keep_up_for(minutes(1));
  EXPECT_EQ(bytes_there(), 0U);
}

TEST_F(ClockDoubt, without_a_note_of_the_right_time_the_newest_of_all_else_tells) {
  const auto forget = [&] {
    store_.reset();
    auto database = sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite);
    ASSERT_TRUE(database->execute("DELETE FROM counters WHERE name = 'clock_trusted'"));
  };
  forget();
  clock_.jump(kTooFar);
  open(kMonth);
  EXPECT_EQ(store_->first_removal_after(), hours(1)) << "files and events are of a month ago";
  open(kMonth);
  EXPECT_EQ(store_->first_removal_after(), hours(1)) << "what the first start has written since tells nothing";
  forget();
  open(Retention());
  append_now("new", 1);
  forget();
  open(kMonth);
  EXPECT_EQ(store_->first_removal_after(), hours(0)) << "an event has come";
}

// A store that was used last a month ago, by a release that did not note when its clock was believed.
class ClockDoubtOfOldFiles : public ClockDoubt {
 protected:
  void SetUp() override {
    clock_.jump(-kTooFar);
    ClockDoubt::SetUp();
    store_.reset();
    {
      auto database = sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadWrite);
      ASSERT_TRUE(database->execute("DELETE FROM counters WHERE name = 'clock_trusted'"));
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!entry.is_regular_file()) continue;
      std::filesystem::last_write_time(entry.path(), entry.last_write_time() - kTooFar);
    }
  }
};

TEST_F(ClockDoubtOfOldFiles, what_a_start_has_just_written_is_no_evidence_for_its_own_clock) {
  clock_.jump(kTooFar);
  open(kMonth);
  EXPECT_EQ(store_->first_removal_after(), hours(1));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(bytes_there(), 400U);
}

}  // namespace
}  // namespace waybill::testing
