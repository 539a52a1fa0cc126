// A look at a store that somebody else holds and changes.
#include "store/local/local_reader.h"

#include <algorithm>
#include <atomic>
#include <tuple>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "base/thread.h"
#include "obs/log.h"
#include "store/local/local_store.h"
#include "support/random_units.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using store::LocalReader;
using store::LocalStore;

using Listed = std::vector<std::tuple<model::SortKey, std::string>>;

// The pages of a list from its first to its last, under one horizon.
Listed walk(const store::EventReader& reader, model::EventQuery query, model::Position horizon) {
  Listed out;
  query.horizon = horizon;
  for (;;) {
    const auto page = reader.list(query);
    EXPECT_TRUE(page.has_value()) << page.error().message();
    if (!page) return out;
    for (const model::FoundEvent& event : page->events) out.emplace_back(event.key, event.record);
    if (!page->more) return out;
    query.after = page->events.back().key;
  }
}

class LocalReaderTest : public ::testing::Test {
 protected:
  LocalReaderTest() {
    auto opened = LocalStore::open(folder_.path(), {random_, clock_, log_, files_, records_differ}, tiny_options());
    CHECK(opened.has_value());
    store_ = *std::move(opened);
    account_ = std::make_unique<model::Account>(make_first_account(*store_));
  }

  [[nodiscard]] std::unique_ptr<LocalReader> look() const {
    auto reader = LocalReader::open(folder_.path(), clock_.now(), {});
    EXPECT_TRUE(reader.has_value()) << reader.error().message();
    return reader ? *std::move(reader) : nullptr;
  }

  void append(std::vector<model::Event> events) {
    const store::Unit unit = make_unit(*account_, 1, std::move(events));
    ASSERT_TRUE(store_->append({&unit, 1}).has_value());
  }

  base::SystemRandom random_;
  base::testing::FakeClock clock_{base::from_ms(1'000'000'000)};
  base::SystemFiles files_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  TemporaryFolder folder_;
  std::unique_ptr<LocalStore> store_;
  std::unique_ptr<model::Account> account_;
};

TEST_F(LocalReaderTest, at_every_step_of_a_history_it_answers_as_the_store_does) {
  base::SeededRandom seeded(7);
  RandomUnits units(seeded);
  for (int step = 0; step < 120; ++step) {
    const auto commit = units.any_commit(*account_, 40);
    ASSERT_TRUE(store_->append(commit).has_value());
    if (step % 3 == 0) {
      ASSERT_TRUE(store_->run_upkeep_step().has_value());
    }
    const auto workspaces = store_->workspaces(account_->number);
    if (step % 25 == 24) {
      store::ErasureRequest request;
      request.workspace = workspaces.front().number;
      request.from = base::from_ms(1'000 + step * 40);
      request.to = base::from_ms(1'000 + step * 40 + 100);
      ASSERT_TRUE(store_->erase(request).has_value());
    }
    const auto reader = look();
    ASSERT_NE(reader, nullptr);
    ASSERT_EQ(reader->horizon(), store_->horizon()) << step;
    EXPECT_EQ(reader->registry().workspaces(account_->number).size(), workspaces.size());
    for (const model::Workspace& workspace : workspaces) {
      const model::EventQuery query = units.any_query(workspace.number);
      EXPECT_EQ(walk(*reader, query, reader->horizon()), walk(*store_, query, store_->horizon())) << step;
    }
  }
  EXPECT_GT(store_->archive()->segments().size(), 1U);
}

TEST_F(LocalReaderTest, what_happens_after_it_was_opened_changes_nothing_for_it) {
  for (int i = 0; i < 200; ++i) append({make_event("before " + std::to_string(i), 1'000 + i, {})});
  ASSERT_TRUE(store_->run_upkeep().has_value());
  append({make_event("loose", 5'000, {})});
  const auto reader = look();
  ASSERT_NE(reader, nullptr);
  model::EventQuery query;
  query.workspace = store_->workspaces(account_->number).front().number;
  const Listed before = walk(*reader, query, reader->horizon());
  EXPECT_EQ(before.size(), 201U);

  for (int i = 0; i < 200; ++i) append({make_event("after " + std::to_string(i), 1'000 + i, {})});
  store::ErasureRequest request;
  request.workspace = query.workspace;
  request.to = base::from_ms(1'100);
  ASSERT_TRUE(store_->erase(request).has_value());
  ASSERT_TRUE(store_->run_upkeep().has_value());
  EXPECT_EQ(walk(*reader, query, reader->horizon()), before);
}

TEST_F(LocalReaderTest, it_finds_events_by_their_sids_wherever_they_lie) {
  for (int i = 0; i < 100; ++i) append({make_event("sealed " + std::to_string(i), 1'000 + i, {})});
  ASSERT_TRUE(store_->run_upkeep().has_value());
  append({make_event("loose", 5'000, {})});
  const auto reader = look();
  ASSERT_NE(reader, nullptr);
  const model::WorkspaceNumber workspace = store_->workspaces(account_->number).front().number;
  for (const char* const name : {"sealed 3", "loose"}) {
    const model::EventSid sid = make_event(name, 0, {}).sid;
    const auto found = reader->find(workspace, sid);
    ASSERT_TRUE(found.has_value() && found->has_value()) << name;
    EXPECT_EQ((*found)->record, name);
    model::EventQuery query;
    query.workspace = workspace;
    query.sid = sid;
    EXPECT_EQ(walk(*reader, query, reader->horizon()).size(), 1U) << name;
  }
  const auto missing = reader->find(workspace, make_event("never", 0, {}).sid);
  EXPECT_TRUE(missing.has_value() && !missing->has_value());
}

TEST_F(LocalReaderTest, it_reads_a_directory_that_nobody_holds) {
  append({make_event("one", 1'000, {})});
  store_.reset();
  const auto reader = look();
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(to_number(reader->horizon()), 1U);
}

TEST_F(LocalReaderTest, a_folder_that_is_no_data_directory_is_refused_by_name) {
  const TemporaryFolder other;
  const auto reader = LocalReader::open(other.path(), clock_.now(), {});
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code(), base::ErrorCode::kNotFound);
  EXPECT_NE(reader.error().message().find(other.path().string()), std::string::npos);
}

TEST_F(LocalReaderTest, a_file_that_is_missing_for_good_is_called_corruption) {
  for (int i = 0; i < 100; ++i) append({make_event("sealed " + std::to_string(i), 1'000 + i, {})});
  ASSERT_TRUE(store_->run_upkeep().has_value());
  std::filesystem::remove(store_->archive()->segments().front()->path());
  const auto reader = LocalReader::open(folder_.path(), clock_.now(), {});
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code(), base::ErrorCode::kCorruption);
  EXPECT_NE(reader.error().message().find(".seg"), std::string::npos);
}

TEST_F(LocalReaderTest, every_look_while_another_thread_appends_seals_and_merges_is_the_list_at_its_horizon) {
  append({make_event("first", 1'000, {})});
  model::EventQuery query;
  query.workspace = store_->workspaces(account_->number).front().number;
  std::atomic<bool> done = false;
  constexpr std::size_t kLooks = 6;
  std::atomic<std::size_t> look_count = 0;
  base::Thread writer("writer", [&] {
    for (int i = 0; i < 3'000 || look_count < kLooks; ++i) {
      append({make_event("event " + std::to_string(i), 1'000 + (i * 7919) % 3'000, {})});
      // Each step is made at once, so that files come and go as fast as they can.
      if (i % 10 == 9) {
        EXPECT_TRUE(store_->run_upkeep().has_value());
      }
    }
    done = true;
  });
  std::vector<std::pair<model::Position, Listed>> looks;
  while (!done) {
    const auto reader = look();
    look_count = reader == nullptr ? kLooks : look_count + 1;
    if (reader == nullptr) break;
    looks.emplace_back(reader->horizon(), walk(*reader, query, reader->horizon()));
  }
  writer.join();
  for (const auto& [horizon, listed] : looks) ASSERT_EQ(listed, walk(*store_, query, horizon));
}

}  // namespace
}  // namespace waybill::testing
