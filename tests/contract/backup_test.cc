// What comes back from a backup, held against the store that it was made of.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <tuple>

#include <gtest/gtest.h>

#include "backup/checking.h"
#include "backup/restoring.h"
#include "backup/taking.h"
#include "base/check.h"
#include "base/file_system.h"
#include "base/files.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"
#include "base/thread.h"
#include "obs/log.h"
#include "sqlite/connection.h"
#include "store/local/local_reader.h"
#include "store/local/local_store.h"
#include "support/judge.h"
#include "support/random_units.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using store::LocalStore;

using Listed = std::vector<std::tuple<model::SortKey, std::string>>;

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

model::EventQuery all_of(model::WorkspaceNumber workspace) {
  model::EventQuery query;
  query.workspace = workspace;
  return query;
}

class BackupTest : public ::testing::Test {
 public:
  BackupTest() : store_(open(data())), account_(make_first_account(*store_)) {}

 protected:
  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
  [[nodiscard]] std::filesystem::path backups() const { return folder_.path() / "backups"; }

  std::unique_ptr<LocalStore> open(const std::filesystem::path& folder) {
    auto opened = LocalStore::open(folder, parts_, tiny_options());
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    CHECK(opened.has_value());
    return *std::move(opened);
  }

  void append(std::vector<model::Event> events) {
    const store::Unit unit = make_unit(account_, 1, std::move(events));
    ASSERT_TRUE(store_->append({&unit, 1}).has_value());
  }
  void append_many(const std::string& name, int count) {
    for (int i = 0; i < count; ++i) append({make_event(name + std::to_string(i), 1'000 + i, {})});
  }
  [[nodiscard]] model::WorkspaceNumber workspace() const { return store_->workspaces(account_.number).front().number; }

  base::Result<backup::TakenBackup> try_take(backup::Sharing sharing = backup::Sharing::kLinks) {
    backup::TakeParts parts{files_, clock_, sharing, [](const std::string&) {}, {}};
    clock_.advance(std::chrono::seconds(1));
    return backup::take_backup(data(), backups(), parts);
  }
  backup::TakenBackup take(backup::Sharing sharing = backup::Sharing::kLinks) {
    auto taken = try_take(sharing);
    EXPECT_TRUE(taken.has_value()) << taken.error().message();
    CHECK(taken.has_value());
    return *std::move(taken);
  }

  base::Result<backup::Restored> try_restore(const std::filesystem::path& to, const backup::Moment& moment) {
    const backup::RestoreParts parts{parts_, [](const std::string&) {}, {}};
    return backup::restore_backup(backups(), to, moment, parts);
  }
  // The store of a moment, in a folder of its own.
  std::unique_ptr<LocalStore> restore(const backup::Moment& moment) {
    const std::filesystem::path to = folder_.path() / ("restored " + std::to_string(++restores_));
    const auto restored = try_restore(to, moment);
    EXPECT_TRUE(restored.has_value()) << restored.error().message();
    CHECK(restored.has_value());
    restored_ = *restored;
    return open(to);
  }

  void flip(const std::filesystem::path& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const auto byte = static_cast<char>(file.get() ^ 0x55);
    file.seekp(at);
    file.put(byte);
    CHECK(file.good());
  }

  base::SystemRandom random_;
  base::testing::FakeClock clock_{base::from_ms(1'000'000'000)};
  base::SystemFiles files_;
  const obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  const store::LocalParts parts_{random_, clock_, log_, files_, records_differ};
  TemporaryFolder folder_;
  std::unique_ptr<LocalStore> store_;
  model::Account account_;
  int restores_ = 0;
  backup::Restored restored_;
};

TEST_F(BackupTest, every_backup_of_a_history_comes_back_as_it_was) {
  base::SeededRandom seeded(11);
  RandomUnits units(seeded);
  Judge judge;
  std::map<std::string, Judge> judges;
  for (int step = 1; step <= 60; ++step) {
    const auto commit = units.any_commit(account_, 40);
    ASSERT_TRUE(store_->append(commit).has_value());
    judge.committed(commit);
    ASSERT_TRUE(store_->run_upkeep_step().has_value());
    if (step % 10 != 0) continue;
    judges[take(step % 20 == 0 ? backup::Sharing::kCopies : backup::Sharing::kLinks).name] = judge;
  }
  EXPECT_GT(store_->archive()->segments().size(), 1U);
  EXPECT_EQ(judges.size(), 6U);
  for (auto& [name, expected] : judges) {
    const auto restored = restore({name, {}, {}});
    EXPECT_TRUE(expected.agrees(*restored, units, 50)) << name;
    // It lives on.
    const auto commit = units.any_commit(account_, 40);
    ASSERT_TRUE(restored->append(commit).has_value());
    expected.committed(commit);
    ASSERT_TRUE(restored->run_upkeep().has_value());
    EXPECT_TRUE(expected.agrees(*restored, units, 50)) << name;
  }
}

TEST_F(BackupTest, every_position_of_a_history_with_erasures_comes_back_as_the_list_at_that_horizon) {
  base::SeededRandom seeded(12);
  RandomUnits units(seeded);
  std::vector<model::Position> positions;
  for (int step = 1; step <= 60; ++step) {
    ASSERT_TRUE(store_->append(units.any_commit(account_, 40)).has_value());
    ASSERT_TRUE(store_->run_upkeep_step().has_value());
    if (step % 25 == 0) {
      store::ErasureRequest request;
      request.workspace = workspace();
      request.from = base::from_ms(1'000 + step * 20);
      request.to = base::from_ms(1'000 + step * 20 + 200);
      ASSERT_TRUE(store_->erase(request).has_value());
    }
    if (step % 6 == 0) positions.push_back(store_->horizon());
    if (step % 20 == 10) take();
  }
  take();
  for (const model::Position position : positions) {
    const auto restored = restore({{}, position, {}});
    ASSERT_EQ(restored->horizon(), position);
    for (const model::Workspace& one : restored->workspaces(account_.number)) {
      for (int i = 0; i < 20; ++i) {
        const model::EventQuery query = units.any_query(one.number);
        ASSERT_EQ(walk(*restored, query, position), walk(*store_, query, position)) << to_number(position);
      }
    }
    const auto summaries = restored->summaries();
    ASSERT_TRUE(summaries.has_value());
    for (const store::WorkspaceSummary& summary : *summaries) {
      const Listed listed = walk(*restored, all_of(summary.workspace.number), position);
      EXPECT_EQ(summary.events, listed.size()) << to_number(position);
    }
    ASSERT_EQ(restored->erasures()->size(), store_->erasures()->size());
    const auto report = store::verify_copy(folder_.path() / ("restored " + std::to_string(restores_)), [] {
      store::VerifyParts parts;
      parts.progress = [](const std::string&, std::uint64_t, std::uint64_t) {};
      parts.describe = [](std::string_view) { return base::corruption("told nothing"); };
      return parts;
    }());
    ASSERT_TRUE(report.has_value());
    // The records of this test tell nothing; all else is looked at.
    for (const store::Finding& finding : report->findings) {
      EXPECT_NE(finding.what.find("told nothing"), std::string::npos) << finding.file << ": " << finding.what;
    }
  }
}

TEST_F(BackupTest, what_came_after_the_position_is_new_when_it_comes_again) {
  append_many("kept ", 100);
  const model::Position position = store_->horizon();
  append_many("late ", 100);
  const store::Unit other = make_unit(account_, 2, {make_event("elsewhere", 1'000, {})});
  ASSERT_TRUE(store_->append({&other, 1}).has_value());
  ASSERT_TRUE(store_->run_upkeep().has_value());
  take();
  const auto restored = restore({{}, position, {}});
  EXPECT_EQ(restored_.left_out, 101U);
  EXPECT_EQ(restored_.events, 100U);
  EXPECT_EQ(restored->workspaces(account_.number).size(), 1U);
  const store::Unit unit = make_unit(account_, 1, {make_event("kept 3", 1'003, {}), make_event("late 3", 1'003, {})});
  const auto outcome = restored->append({&unit, 1});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->front(), (store::UnitOutcome{1, 1, 0, 0}));
}

// What was proven complete counted on the events that are left out.
TEST_F(BackupTest, a_store_that_was_cut_claims_nothing_of_its_history) {
  append_many("kept ", 10);
  const model::Position position = store_->horizon();
  append_many("late ", 10);
  const store::LedgerSubject subject{account_.number, store_->workspaces(account_.number).front().sid};
  const base::WallTime asked = base::from_ms(1'000'000'000);
  const store::Pull pull{.subject = subject,
                         .from = base::from_ms(0),
                         .to = base::from_ms(10'000),
                         .asked = asked,
                         .source = "https://example.com",
                         .events = 20,
                         .settled = {},
                         .asked_last = {}};
  ASSERT_TRUE(store_->ledger().record_pull(pull).has_value());
  take();
  EXPECT_FALSE(restore({})->ledger().pulls(subject)->empty());
  EXPECT_TRUE(restore({{}, position, {}})->ledger().pulls(subject)->empty());
}

TEST_F(BackupTest, what_is_kept_aside_is_in_the_backup_and_comes_back) {
  append_many("event ", 3);
  store::Reject reject;
  reject.account = account_.number;
  reject.arrived = clock_.now();
  reject.problem = "sid: is missing";
  reject.body = std::string("\0half a line", 12);
  ASSERT_TRUE(store_->rejects().keep({&reject, 1}).has_value());
  take();
  const auto restored = restore({});
  const auto found = restored->rejects().find(1);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->body, reject.body);
  EXPECT_EQ((*found)->problem, "sid: is missing");
}

TEST_F(BackupTest, what_later_backups_know_to_be_erased_does_not_come_back) {
  append_many("event ", 150);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  const std::string before = take().name;
  append({make_event("late", 1'020, {})});
  store::ErasureRequest request;
  request.workspace = workspace();
  request.from = base::from_ms(1'010);
  request.to = base::from_ms(1'029);
  clock_.advance(std::chrono::seconds(5));
  const auto erased = store_->erase(request);
  ASSERT_TRUE(erased.has_value());
  EXPECT_EQ(erased->events, 21U);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  take();
  const auto restored = restore({before, {}, {}});
  EXPECT_EQ(restored_.erasures, 1U);
  EXPECT_EQ(restored_.events, 130U);
  EXPECT_EQ(walk(*restored, all_of(workspace()), restored->horizon()).size(), 130U);
  const auto notes = restored->erasures();
  ASSERT_EQ(notes->size(), 1U);
  EXPECT_EQ(notes->front().requested, erased->requested);
  EXPECT_TRUE(notes->front().completed.has_value());
  // Neither under the time that was erased nor, by its sid, under another; also one that the backup never had.
  for (const char* const name : {"event 15", "late"}) {
    for (const std::int64_t time : {1'020, 9'000}) {
      const store::Unit unit = make_unit(account_, 1, {make_event(name, time, {})});
      const auto outcome = restored->append({&unit, 1});
      ASSERT_TRUE(outcome.has_value());
      EXPECT_EQ(outcome->front().dropped, 1U) << name << " at " << time;
    }
  }
}

// The newer store's sid files were damaged and made anew of the segments, which do not know what was erased.
TEST_F(BackupTest, what_was_erased_does_not_come_back_where_sid_files_have_forgotten_it) {
  append_many("event ", 150);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  const std::string before = take(backup::Sharing::kCopies).name;
  append({make_event("late", 5'000, {})});
  append_many("more ", 60);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  ASSERT_EQ(store_->figures().unsealed_events, 0U);
  store::ErasureRequest request;
  request.workspace = workspace();
  request.from = base::from_ms(5'000);
  request.to = base::from_ms(5'000);
  ASSERT_TRUE(store_->erase(request).has_value());
  ASSERT_TRUE(store_->run_upkeep().has_value());
  ASSERT_TRUE(store_->erasures()->front().completed.has_value());
  store_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(data() / "segments")) {
    if (entry.path().extension() == ".sid") flip(entry.path(), 100);
  }
  store_ = open(data());
  append({make_event("new", 6'000, {})});
  ASSERT_FALSE(store_->damage().empty());
  ASSERT_TRUE(store_->run_upkeep().has_value());
  ASSERT_TRUE(store_->damage().empty());
  take(backup::Sharing::kCopies);
  // A moment that has it all, and one of before the event, to which the erasure is carried.
  for (const std::string& moment : {std::string(), before}) {
    const auto restored = restore({moment, {}, {}});
    const store::Unit unit = make_unit(account_, 1, {make_event("late", 9'000, {}), make_event("newer", 9'000, {})});
    const auto outcome = restored->append({&unit, 1});
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->front(), (store::UnitOutcome{1, 0, 0, 1})) << moment;
  }
}

TEST_F(BackupTest, a_backup_after_an_erasure_has_nothing_of_it_in_any_file) {
  append_many("event ", 100);
  append({make_event("secret", 5'000, {}, "a record with a word in it: sesame")});
  store::Reject reject;
  reject.arrived = base::from_ms(5'000);
  reject.body = "kept aside: sesame";
  ASSERT_TRUE(store_->rejects().keep({&reject, 1}).has_value());
  store::ErasureRequest request;
  request.workspace = workspace();
  request.from = base::from_ms(5'000);
  request.to = base::from_ms(5'000);
  const auto has_word = [&](const std::string& name) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(backups() / name)) {
      if (!entry.is_regular_file()) continue;
      const auto bytes = base::read_file(entry.path());
      CHECK(bytes.has_value());
      if (bytes->find("sesame") != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_TRUE(has_word(take().name));
  ASSERT_TRUE(store_->erase(request).has_value());
  ASSERT_TRUE(store_->run_upkeep().has_value());
  EXPECT_FALSE(has_word(take().name));
}

TEST_F(BackupTest, files_that_did_not_change_are_shared_and_deleting_a_backup_harms_no_other) {
  append_many("event ", 150);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  const auto first = take(backup::Sharing::kCopies);
  EXPECT_EQ(first.bytes_shared + first.bytes_linked, 0U);
  append_many("more ", 3);
  const auto second = take(backup::Sharing::kCopies);
  EXPECT_GT(second.bytes_shared, 0U);
  EXPECT_EQ(second.bytes_copied, second.manifest.find("waybill.db")->bytes);
  for (const backup::BackupFile& file : second.manifest.files) {
    if (file.name == "waybill.db") continue;
    EXPECT_TRUE(std::filesystem::equivalent(backups() / first.name / file.name, backups() / second.name / file.name));
    EXPECT_FALSE(std::filesystem::equivalent(data() / file.name, backups() / second.name / file.name));
  }
  std::filesystem::remove_all(backups() / first.name);
  EXPECT_EQ(restore({})->horizon(), store_->horizon());
}

TEST_F(BackupTest, a_restored_store_is_another_life_whose_files_are_not_taken_for_those_of_before) {
  append_many("event ", 100);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  take();
  const auto restored = restore({});
  EXPECT_NE(restored->identity().incarnation, store_->identity().incarnation);
  EXPECT_EQ(restored->identity().token_secret, store_->identity().token_secret);
  // Both lives give the same numbers to other files.
  append_many("here ", 100);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  take();
  const store::Unit unit = make_unit(account_, 1, {make_event("there", 1'000, {})});
  ASSERT_TRUE(restored->append({&unit, 1}).has_value());
  clock_.advance(std::chrono::seconds(1));
  const backup::TakeParts parts{files_, clock_, backup::Sharing::kLinks, [](const std::string&) {}, {}};
  const auto taken = backup::take_backup(folder_.path() / "restored 1", backups(), parts);
  ASSERT_TRUE(taken.has_value()) << taken.error().message();
  const auto again = restore({});
  EXPECT_EQ(walk(*again, all_of(workspace()), again->horizon()),
            walk(*restored, all_of(workspace()), restored->horizon()));
}

TEST_F(BackupTest, damage_is_found_on_the_way_in_and_on_the_way_out) {
  append_many("event ", 100);
  ASSERT_TRUE(store_->run_upkeep().has_value());
  const auto taken = take(backup::Sharing::kCopies);
  const std::string segment = taken.manifest.files.front().name;
  flip(backups() / taken.name / segment, 5'000);
  const auto restored = try_restore(folder_.path() / "other", {});
  ASSERT_FALSE(restored.has_value());
  EXPECT_EQ(restored.error().code(), base::ErrorCode::kCorruption);
  EXPECT_NE(restored.error().message().find(segment), std::string::npos);
  const auto checked = backup::check_files(backups() / taken.name, taken.manifest, [](const std::string&) {});
  ASSERT_TRUE(checked.has_value());
  ASSERT_EQ(checked->size(), 1U);
  EXPECT_EQ(checked->front().file, segment);
  // What was left half made is replaced by the next one.
  flip(backups() / taken.name / segment, 5'000);
  EXPECT_TRUE(try_restore(folder_.path() / "other", {}).has_value());

  std::filesystem::remove_all(backups());
  flip(data() / segment, 5'000);
  const auto second = try_take();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), base::ErrorCode::kCorruption);
  EXPECT_TRUE(backup::list_backups(backups())->backups.empty());
}

TEST_F(BackupTest, what_cannot_be_meant_is_refused_and_nothing_changes) {
  append_many("event ", 3);
  const backup::TakeParts parts{files_, clock_, backup::Sharing::kLinks, [](const std::string&) {}, {}};
  const auto into_data = backup::take_backup(data(), data(), parts);
  ASSERT_FALSE(into_data.has_value());
  EXPECT_EQ(into_data.error().code(), base::ErrorCode::kInvalidArgument);
  const auto of_nothing = backup::take_backup(folder_.path() / "nothing", backups(), parts);
  ASSERT_FALSE(of_nothing.has_value());
  EXPECT_EQ(of_nothing.error().code(), base::ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(backups()));
  take();
  const auto into_store = try_restore(data(), {});
  ASSERT_FALSE(into_store.has_value());
  EXPECT_EQ(into_store.error().code(), base::ErrorCode::kConflict);
  {
    const auto other = open(folder_.path() / "another store");
    const auto mixed = backup::take_backup(folder_.path() / "another store", backups(), parts);
    ASSERT_FALSE(mixed.has_value());
    EXPECT_EQ(mixed.error().code(), base::ErrorCode::kConflict);
    EXPECT_NE(mixed.error().message().find("backups of another store"), std::string::npos);
  }
  ASSERT_TRUE(base::make_private_folder(folder_.path() / "full").has_value());
  ASSERT_TRUE(base::write_private_file(folder_.path() / "full" / "letter", "dear").has_value());
  const auto into_full = try_restore(folder_.path() / "full", {});
  ASSERT_FALSE(into_full.has_value());
  EXPECT_NE(into_full.error().message().find("is not empty (it has letter)"), std::string::npos);
  EXPECT_EQ(base::read_file(folder_.path() / "full" / "letter").value_or(""), "dear");
}

TEST_F(BackupTest, a_backup_of_a_later_release_is_refused_by_name) {
  append_many("event ", 3);
  const auto taken = take();
  {
    auto connection = sqlite::Connection::open(backups() / taken.name / "waybill.db", sqlite::OpenMode::kReadWrite);
    ASSERT_TRUE(connection.has_value());
    ASSERT_TRUE(connection->execute("PRAGMA user_version = 99").has_value());
  }
  backup::Manifest manifest = taken.manifest;
  manifest.database_format = 99;
  ASSERT_TRUE(backup::write_manifest(backups() / taken.name, manifest).has_value());
  const auto restored = try_restore(folder_.path() / "other", {});
  ASSERT_FALSE(restored.has_value());
  EXPECT_EQ(restored.error().code(), base::ErrorCode::kConflict);
  EXPECT_NE(restored.error().message().find("format 99, written by a later release"), std::string::npos);
}

TEST_F(BackupTest, every_backup_while_another_thread_appends_seals_and_merges_is_the_list_at_its_position) {
  append({make_event("first", 1'000, {})});
  std::atomic<bool> done = false;
  std::atomic<std::size_t> taken_count = 0;
  base::Thread writer("writer", [&] {
    for (int i = 0; i < 2'000 || taken_count < 4; ++i) {
      append({make_event("event " + std::to_string(i), 1'000 + (i * 7919) % 2'000, {})});
      // Each step is made at once, so that files come and go as fast as they can.
      if (i % 10 == 9) {
        EXPECT_TRUE(store_->run_upkeep().has_value());
      }
    }
    done = true;
  });
  std::vector<backup::TakenBackup> all;
  while (!done) {
    all.push_back(take(all.size() % 2 == 0 ? backup::Sharing::kLinks : backup::Sharing::kCopies));
    taken_count = all.size();
  }
  writer.join();
  for (const backup::TakenBackup& taken : all) {
    const auto reader = store::LocalReader::open(backups() / taken.name, clock_.now(), {});
    ASSERT_TRUE(reader.has_value()) << reader.error().message();
    ASSERT_EQ((*reader)->horizon(), taken.manifest.position);
    ASSERT_EQ(walk(**reader, all_of(workspace()), taken.manifest.position),
              walk(*store_, all_of(workspace()), taken.manifest.position));
  }
}

}  // namespace
}  // namespace waybill::testing
