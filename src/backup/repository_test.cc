#include "backup/repository.h"

#include <cstdlib>
#include <optional>

#include <gtest/gtest.h>

#include "backup/restoring.h"
#include "base/check.h"
#include "base/files.h"

namespace waybill::backup {
namespace {

class RepositoryTest : public ::testing::Test {
 public:
  RepositoryTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "waybill-test-XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~RepositoryTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

 protected:
  std::string add(std::int64_t taken_ms, std::uint64_t position) {
    Manifest manifest;
    manifest.taken = base::from_ms(taken_ms);
    manifest.position = model::Position{position};
    manifest.files = {{"waybill.db", 1, std::string(64, 'a')}};
    std::string name = name_for(folder_, manifest.taken);
    CHECK(base::make_private_folder(folder_ / name));
    CHECK(write_manifest(folder_ / name, manifest));
    return name;
  }
  [[nodiscard]] BackupList list() const {
    auto found = list_backups(folder_);
    CHECK(found.has_value());
    return *std::move(found);
  }

  std::filesystem::path folder_;
};

TEST_F(RepositoryTest, backups_are_named_after_their_second_and_listed_from_the_oldest_on) {
  EXPECT_FALSE(has_backups(folder_));
  EXPECT_EQ(add(1'795'428'006'000, 30), "20261123T100006Z");
  EXPECT_EQ(add(1'795'428'005'417, 10), "20261123T100005Z");
  EXPECT_EQ(add(1'795'428'005'800, 20), "20261123T100005Z-2");
  std::vector<std::uint64_t> positions;
  for (const Backup& backup : list().backups) positions.push_back(to_number(backup.manifest.position));
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{10, 20, 30}));
  EXPECT_TRUE(has_backups(folder_));
}

TEST_F(RepositoryTest, what_is_unfinished_or_without_a_manifest_does_not_count) {
  ASSERT_TRUE(base::make_private_folder(folder_ / kUnfinished).has_value());
  ASSERT_TRUE(write_manifest(folder_ / kUnfinished, {}).has_value());
  ASSERT_TRUE(base::make_private_folder(folder_ / "other").has_value());
  EXPECT_TRUE(list().backups.empty());
  EXPECT_TRUE(list().unreadable.empty());
  const auto missing = list_backups(folder_ / "missing");
  EXPECT_TRUE(missing.has_value() && missing->backups.empty());
}

TEST_F(RepositoryTest, one_that_cannot_be_read_is_told_by_name) {
  const std::string name = add(1'795'428'006'000, 30);
  ASSERT_TRUE(base::write_private_file(folder_ / name / kManifestFile, "{}").has_value());
  const BackupList found = list();
  EXPECT_TRUE(found.backups.empty());
  ASSERT_EQ(found.unreadable.size(), 1U);
  EXPECT_NE(found.unreadable.front().message().find(name), std::string::npos);
}

TEST_F(RepositoryTest, a_single_backup_is_a_list_of_itself) {
  const std::string name = add(1'795'428'006'000, 30);
  for (const std::filesystem::path& path : {folder_ / name, folder_ / name / ""}) {
    const auto found = list_backups(path);
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->backups.size(), 1U);
    EXPECT_EQ(found->backups.front().name, name);
  }
}

TEST_F(RepositoryTest, the_newest_backup_that_fits_is_chosen) {
  const std::string first = add(1'000'000, 10);
  const std::string second = add(2'000'000, 20);
  const std::string third = add(3'000'000, 30);
  const auto chosen = [&](const std::string& name, std::optional<std::uint64_t> position,
                          std::optional<std::int64_t> time_ms) {
    Moment moment;
    moment.name = name;
    if (position) moment.position = model::Position{*position};
    if (time_ms) moment.time = base::from_ms(*time_ms);
    const auto found = choose_backup(list(), moment);
    return found ? found->name : found.error().message();
  };
  EXPECT_EQ(chosen("", {}, {}), third);
  EXPECT_EQ(chosen("", {}, 3'000'000), third);
  EXPECT_EQ(chosen("", {}, 2'999'999), second);
  EXPECT_EQ(chosen("", 5, {}), third);
  EXPECT_EQ(chosen("", 30, {}), third);
  EXPECT_EQ(chosen(second, {}, {}), second);
  EXPECT_EQ(chosen(second, 20, {}), second);
  const std::string there = "; " + first + ": taken 1970-01-01T00:16:40Z, up to position 10; ";
  for (const std::string& refused :
       {chosen("", {}, 999'999), chosen("", 31, {}), chosen(second, 21, {}), chosen("other", {}, {})}) {
    EXPECT_NE(refused.find("there is no backup "), std::string::npos) << refused;
    EXPECT_NE(refused.find(there), std::string::npos) << refused;
  }
}

}  // namespace
}  // namespace waybill::backup
