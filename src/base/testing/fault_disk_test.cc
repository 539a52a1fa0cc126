#include "base/testing/fault_disk.h"

#include <functional>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/testing/fault_files.h"

namespace waybill::base::testing {
namespace {

namespace fs = std::filesystem;

using Content = std::map<std::string, std::string>;

class FaultDiskTest : public ::testing::Test {
 protected:
  void SetUp() override { empty_the_folder(); }
  void TearDown() override { fs::remove_all(folder_); }

  void empty_the_folder() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  static void write(FaultFiles& files, const fs::path& path, std::string_view text) {
    const auto file = files.create(path);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE((*file)->append(text));
  }

  static void write_synced(FaultFiles& files, const fs::path& path, std::string_view text) {
    const auto file = files.create(path);
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE((*file)->append(text));
    ASSERT_TRUE((*file)->sync());
  }

  [[nodiscard]] Content content() const {
    Content content;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.is_regular_file()) content[entry.path().filename()] = *read_file(entry.path());
    }
    return content;
  }

  // What many power cuts leave of the folder after `act`.
  std::set<Content> cuts(const std::function<void(FaultFiles&)>& act, EntryRule rule = EntryRule::kFolderSync) {
    std::set<Content> left;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      empty_the_folder();
      FaultDisk disk(folder_, rule);
      FaultFiles files(disk);
      act(files);
      SeededRandom random(seed);
      disk.power_loss(random);
      left.insert(content());
      disk.power_loss(random);
      EXPECT_TRUE(left.contains(content())) << "what one cut has left a second one leaves as it is";
    }
    return left;
  }

  const fs::path folder_ = fs::path(::testing::TempDir()) / "fault_disk_test";
};

TEST_F(FaultDiskTest, a_file_that_was_synced_with_its_folder_is_always_there) {
  const auto left = cuts([&](FaultFiles& files) {
    write_synced(files, folder_ / "a", "text");
    ASSERT_TRUE(files.sync_folder(folder_));
  });
  EXPECT_EQ(left, std::set<Content>({{{"a", "text"}}}));
}

TEST_F(FaultDiskTest, a_file_without_its_folder_may_be_gone) {
  const auto act = [&](FaultFiles& files) { write_synced(files, folder_ / "a", "text"); };
  EXPECT_EQ(cuts(act), std::set<Content>({{}, {{"a", "text"}}}));
  EXPECT_EQ(cuts(act, EntryRule::kFileSync), std::set<Content>({{{"a", "text"}}}));
}

TEST_F(FaultDiskTest, a_folder_without_its_file_may_have_an_empty_one) {
  const auto left = cuts([&](FaultFiles& files) {
    write(files, folder_ / "a", "text");
    ASSERT_TRUE(files.sync_folder(folder_));
  });
  EXPECT_EQ(left, std::set<Content>({{{"a", ""}}, {{"a", std::string(4, '\0')}}, {{"a", "text"}}}));
}

TEST_F(FaultDiskTest, a_rename_may_be_undone_until_its_folder_is_synced) {
  const auto begin = [&](FaultFiles& files) {
    write_synced(files, folder_ / "a.new", "new");
    write_synced(files, folder_ / "a", "old");
    ASSERT_TRUE(files.sync_folder(folder_));
    ASSERT_TRUE(files.rename(folder_ / "a.new", folder_ / "a"));
  };
  EXPECT_EQ(cuts(begin), std::set<Content>({{{"a", "old"}, {"a.new", "new"}}, {{"a", "new"}}}));
  const auto and_sync = [&](FaultFiles& files) {
    begin(files);
    ASSERT_TRUE(files.sync_folder(folder_));
  };
  EXPECT_EQ(cuts(and_sync), std::set<Content>({{{"a", "new"}}}));
}

TEST_F(FaultDiskTest, a_removed_file_may_come_back_until_its_folder_is_synced) {
  const auto begin = [&](FaultFiles& files) {
    write_synced(files, folder_ / "a", "text");
    ASSERT_TRUE(files.sync_folder(folder_));
    ASSERT_TRUE(files.remove(folder_ / "a"));
  };
  EXPECT_EQ(cuts(begin), std::set<Content>({{}, {{"a", "text"}}}));
  const auto and_sync = [&](FaultFiles& files) {
    begin(files);
    ASSERT_TRUE(files.sync_folder(folder_));
  };
  EXPECT_EQ(cuts(and_sync), std::set<Content>({Content{}}));
}

TEST_F(FaultDiskTest, changes_of_a_folder_survive_each_by_itself) {
  const auto left = cuts([&](FaultFiles& files) {
    write_synced(files, folder_ / "a", "1");
    write_synced(files, folder_ / "b", "2");
  });
  EXPECT_EQ(left, std::set<Content>({{}, {{"a", "1"}}, {{"b", "2"}}, {{"a", "1"}, {"b", "2"}}}));
}

TEST_F(FaultDiskTest, folders_inside_are_watched_each_by_itself) {
  const auto left = cuts([&](FaultFiles& files) {
    fs::create_directory(folder_ / "inner");
    write_synced(files, folder_ / "inner" / "a", "text");
    ASSERT_TRUE(files.sync_folder(folder_));
    write_synced(files, folder_ / (fs::exists(folder_ / "inner" / "a") ? "seen" : "missed"), "");
    ASSERT_TRUE(files.sync_folder(folder_ / "inner"));
    ASSERT_TRUE(files.sync_folder(folder_));
  });
  EXPECT_EQ(left, std::set<Content>({{{"seen", ""}}}));
  EXPECT_EQ(*read_file(folder_ / "inner" / "a"), "text");
}

TEST_F(FaultDiskTest, a_synced_beginning_stays_whatever_becomes_of_the_rest) {
  const auto left = cuts([&](FaultFiles& files) {
    const auto file = files.create(folder_ / "a");
    ASSERT_TRUE(files.sync_folder(folder_));
    ASSERT_TRUE((*file)->append("text"));
    ASSERT_TRUE((*file)->sync());
    ASSERT_TRUE((*file)->append(std::string(600, 'x')));
  });
  for (const Content& content : left) EXPECT_EQ(content.at("a").substr(0, 4), "text");
}

TEST_F(FaultDiskTest, the_planned_operation_fails_and_no_other) {
  FaultDisk disk(folder_);
  FaultFiles files(disk);
  const auto file = files.create(folder_ / "a");
  disk.plan({.after = 1, .kinds = {DiskOperation::kWrite}, .fault = DiskFault::kFull});
  EXPECT_TRUE((*file)->append("1234"));
  EXPECT_TRUE((*file)->sync());
  EXPECT_FALSE(disk.has_struck());
  const auto refused = (*file)->append("5678");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kStorageFull);
  EXPECT_TRUE(disk.has_struck());
  EXPECT_EQ(*read_file(folder_ / "a"), "123456") << "half of it was written";
  EXPECT_TRUE((*file)->append("."));
  EXPECT_EQ(disk.operations(DiskOperation::kWrite), 3U);
  EXPECT_EQ(disk.operations(), 5U);
}

TEST_F(FaultDiskTest, each_kind_of_operation_can_fail) {
  FaultDisk disk(folder_);
  FaultFiles files(disk);
  const auto file = files.create(folder_ / "there");
  const struct {
    DiskOperation kind;
    std::function<Result<void>()> act;
  } cases[] = {
      {DiskOperation::kCreate,
       [&]() -> Result<void> {
         TRY(files.create(folder_ / "new"));
         return {};
       }},
      {DiskOperation::kWrite, [&] { return (*file)->append("text"); }},
      {DiskOperation::kSync, [&] { return (*file)->sync(); }},
      {DiskOperation::kRename, [&] { return files.rename(folder_ / "there", folder_ / "elsewhere"); }},
      {DiskOperation::kRemove, [&] { return files.remove(folder_ / "there"); }},
      {DiskOperation::kSyncFolder, [&] { return files.sync_folder(folder_); }},
  };
  for (const auto& c : cases) {
    disk.plan({.kinds = {c.kind}});
    const auto failed = c.act();
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code(), ErrorCode::kIo);
    EXPECT_TRUE(fs::exists(folder_ / "there"));
    EXPECT_FALSE(fs::exists(folder_ / "new"));
  }
}

TEST_F(FaultDiskTest, a_full_disk_is_full_until_it_is_mended) {
  FaultDisk disk(folder_);
  FaultFiles files(disk);
  const auto file = files.create(folder_ / "a");
  disk.plan({.kinds = {DiskOperation::kWrite}, .fault = DiskFault::kFull, .lasting = true});
  EXPECT_FALSE((*file)->append("1"));
  EXPECT_FALSE((*file)->append("2"));
  EXPECT_TRUE((*file)->sync()) << "only writes fail";
  disk.mend();
  EXPECT_TRUE((*file)->append("3"));
}

TEST_F(FaultDiskTest, after_its_end_a_process_changes_nothing) {
  ASSERT_TRUE(write_private_file(folder_ / "a", "text"));
  FaultDisk disk(folder_);
  FaultFiles files(disk);
  disk.kill_after(0);
  EXPECT_FALSE(files.create(folder_ / "b").has_value());
  EXPECT_FALSE(files.remove(folder_ / "a"));
  EXPECT_FALSE(files.rename(folder_ / "a", folder_ / "b"));
  EXPECT_EQ(content(), (Content{{"a", "text"}}));
}

TEST_F(FaultDiskTest, a_failed_sync_forsakes_what_it_should_have_saved) {
  bool lost = false;
  for (std::uint64_t seed = 0; seed < 60 && !lost; ++seed) {
    empty_the_folder();
    FaultDisk disk(folder_);
    FaultFiles files(disk);
    {
      const auto file = files.create(folder_ / "a");
      ASSERT_TRUE(files.sync_folder(folder_));
      ASSERT_TRUE((*file)->append("text"));
      disk.plan({.kinds = {DiskOperation::kSync}});
      ASSERT_FALSE((*file)->sync());
      ASSERT_TRUE((*file)->sync()) << "the second one succeeds, and saves nothing";
    }
    SeededRandom random(seed);
    disk.power_loss(random);
    lost = content().at("a") != "text";
  }
  EXPECT_TRUE(lost);
}

}  // namespace
}  // namespace waybill::base::testing
