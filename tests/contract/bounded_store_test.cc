// What a store on disk holds at once is bounded in bytes, and files are cut before a format's limits are met.
#include <atomic>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file_system.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "obs/log.h"
#include "sqlite/connection.h"
#include "store/local/local_store.h"
#include "store/local/schema.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using store::LocalOptions;
using store::LocalStore;

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;

// The machine's files, but for new ones, which find no room while `is_full`.
class FullFiles final : public base::FileSystem {
 public:
  base::Result<std::unique_ptr<base::OutputFile>> create(const std::filesystem::path& path) override {
    ++created;
    if (is_full) return base::storage_full("no room");
    return below_.create(path);
  }
  base::Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return below_.rename(from, to);
  }
  base::Result<void> remove(const std::filesystem::path& path) override { return below_.remove(path); }
  base::Result<void> sync_folder(const std::filesystem::path& folder) override { return below_.sync_folder(folder); }

  std::atomic<bool> is_full = false;
  std::atomic<int> created = 0;

 private:
  base::SystemFiles below_;
};

// Without a thread, so that upkeep is done when it is asked for; the tail is bounded in bytes alone.
LocalOptions bounded(std::size_t seal_bytes, std::size_t tail_bytes_max) {
  LocalOptions options;
  options.seal_rows = 1'000'000;
  options.seal_bytes = seal_bytes;
  options.tail_bytes_max = tail_bytes_max;
  options.background = false;
  return options;
}

class BoundedStoreTest : public ::testing::Test {
 protected:
  void open(LocalOptions options) {
    store_.reset();
    auto opened = LocalStore::open(folder_.path(), {random_, clock_, log_, files_, records_differ}, std::move(options));
    ASSERT_TRUE(opened.has_value()) << opened.error().message();
    store_ = *std::move(opened);
    if (!account_) account_ = make_first_account(*store_);
  }

  // Adds events of `record_bytes` each as one unit; each has a term of its own.
  void append(int count, std::size_t record_bytes) {
    std::vector<model::Event> events;
    for (int i = 0; i < count; ++i, ++appended_) {
      const std::string name = "event " + std::to_string(appended_);
      events.push_back(make_event(name, appended_, {{model::Dimension::kEventType, name}},
                                  std::string(record_bytes, static_cast<char>('a' + appended_ % 26))));
    }
    const store::Unit unit = make_unit(*account_, 1, std::move(events));
    const auto outcomes = store_->append({&unit, 1});
    ASSERT_TRUE(outcomes.has_value()) << outcomes.error().message();
    ASSERT_EQ(outcomes->front().accepted, static_cast<std::uint32_t>(count));
  }

  // Every event is listed once, in order.
  void expect_all() {
    model::EventQuery query;
    query.workspace = store_->workspaces(account_->number).front().number;
    query.limit = 1'000'000;
    query.bytes_max = 1024 * kMiB;
    const auto page = store_->list(query);
    ASSERT_TRUE(page.has_value()) << page.error().message();
    ASSERT_EQ(page->events.size(), static_cast<std::size_t>(appended_));
    for (int i = 0; i < appended_; ++i) ASSERT_EQ(base::to_ms(page->events[static_cast<std::size_t>(i)].key.time), i);
  }

  std::int64_t free_pages() {
    auto connection = sqlite::Connection::open(folder_.path() / store::kDatabaseFile, sqlite::OpenMode::kReadOnly);
    return connection->query_integer("PRAGMA freelist_count").value_or(-1);
  }

  base::SystemRandom random_;
  base::testing::FakeClock clock_{base::from_ms(1'000)};
  FullFiles files_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  TemporaryFolder folder_;
  std::unique_ptr<LocalStore> store_;
  std::optional<model::Account> account_;
  int appended_ = 0;
};

TEST_F(BoundedStoreTest, a_tail_is_sealed_when_its_bytes_are_many) {
  open(bounded(64 * kKiB, kMiB));
  append(7, 8 * kKiB);
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(store_->figures().unsealed_events, 7U);
  EXPECT_GT(store_->figures().unsealed_bytes, 56 * kKiB);
  append(1, 8 * kKiB);
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(store_->figures().unsealed_events, 0U);
  EXPECT_EQ(store_->figures().unsealed_bytes, 0U);
  expect_all();
}

TEST_F(BoundedStoreTest, appends_wait_for_room_in_bytes_and_none_is_lost) {
  constexpr std::size_t kUnit = 64 * kKiB;
  LocalOptions options = bounded(256 * kKiB, 512 * kKiB);
  options.background = true;
  open(options);
  for (int i = 0; i < 100; ++i) {
    append(1, kUnit);
    EXPECT_LT(store_->figures().unsealed_bytes, 512 * kKiB + kUnit + kKiB);
  }
  EXPECT_GT(store_->figures().segments, 0U);
  expect_all();
}

TEST_F(BoundedStoreTest, a_log_larger_than_the_tail_may_be_is_sealed_while_it_is_loaded) {
  open(bounded(1024 * kMiB, 1024 * kMiB));
  for (int i = 0; i < 48; ++i) append(4, 256 * kKiB);
  const LocalOptions small = bounded(4 * kMiB, 12 * kMiB);
  // Where there is no room for segments, all is loaded and can be read.
  files_.is_full = true;
  open(small);
  EXPECT_EQ(store_->figures().segments, 0U);
  expect_all();
  files_.is_full = false;
  open(small);
  EXPECT_GT(store_->figures().segments, 0U);
  EXPECT_LT(store_->figures().unsealed_bytes, 12 * kMiB);
  expect_all();
  append(1, kKiB);
  open(small);
  expect_all();
}

TEST_F(BoundedStoreTest, segments_are_cut_by_their_terms_and_merging_them_comes_to_an_end) {
  LocalOptions options = tiny_options();
  options.segment_terms_max = 40;
  open(options);
  for (int i = 0; i < 20; ++i) {
    append(60, 20);
    ASSERT_TRUE(store_->run_upkeep());
  }
  const auto archive = store_->archive();
  ASSERT_GT(archive->segments().size(), 10U);
  for (const auto& segment : archive->segments()) EXPECT_LE(segment->measure().terms, 40U);
  expect_all();
  EXPECT_FALSE(store_->run_upkeep_step().value_or(true)) << "what is cut is not merged again and again";
}

TEST_F(BoundedStoreTest, segments_are_cut_by_the_bytes_of_their_records) {
  LocalOptions options = tiny_options();
  options.segment_bytes_max = 64 * kKiB;
  open(options);
  for (int i = 0; i < 20; ++i) {
    append(60, 4 * kKiB);
    ASSERT_TRUE(store_->run_upkeep());
  }
  for (const auto& segment : store_->archive()->segments()) EXPECT_LE(segment->measure().record_bytes, 64 * kKiB);
  expect_all();
  EXPECT_FALSE(store_->run_upkeep_step().value_or(true));
}

TEST_F(BoundedStoreTest, after_a_failure_upkeep_rests_however_many_appends_wake_it) {
  files_.is_full = true;
  LocalOptions options;
  options.seal_rows = 1;
  options.pause_after_failure = std::chrono::hours(1);
  open(options);
  for (int i = 0; i < 10'000 && files_.created == 0; ++i) append(1, 10);
  ASSERT_EQ(files_.created, 1);
  for (int i = 0; i < 300; ++i) append(1, 10);
  EXPECT_EQ(files_.created, 1);
}

TEST_F(BoundedStoreTest, a_quiet_store_seals_a_tail_that_is_not_large_and_gives_its_pages_back) {
  LocalOptions options;
  options.quiet_rows_min = 800;
  options.background = false;
  open(options);
  for (int i = 0; i < 8; ++i) append(100, 2'000);
  clock_.advance(std::chrono::seconds(29));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(store_->figures().segments, 0U);
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(store_->figures().segments, 1U);
  EXPECT_EQ(store_->figures().unsealed_events, 0U);
  EXPECT_LE(free_pages(), 32);
  // What is left in the log is a small part of all.
  append(99, 10);
  clock_.advance(std::chrono::minutes(10));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(store_->figures().unsealed_events, 99U);
  append(1, 10);
  clock_.advance(std::chrono::minutes(10));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(store_->figures().unsealed_events, 0U);
  expect_all();
}

TEST_F(BoundedStoreTest, many_quiet_hours_leave_few_files) {
  LocalOptions options = tiny_options();
  options.seal_rows = 1'000'000;
  options.segment_rows_max = 100'000;
  options.quiet_rows_min = 80;
  open(options);
  for (int hour = 0; hour < 100; ++hour) {
    append(80, 10);
    clock_.advance(std::chrono::minutes(1));
    ASSERT_TRUE(store_->run_upkeep());
    EXPECT_LE(store_->figures().segments, 8U);
    EXPECT_LE(store_->figures().sid_files, 12U);
  }
  expect_all();
}

}  // namespace
}  // namespace waybill::testing
