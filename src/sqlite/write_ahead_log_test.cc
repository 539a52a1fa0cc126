#include "sqlite/write_ahead_log.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/files.h"
#include "sqlite/connection.h"

namespace waybill::sqlite {
namespace {

void overwrite(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

class WriteAheadLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(base::make_private_folder(folder_));
    auto connection = Connection::open(folder_ / "live", OpenMode::kCreate);
    ASSERT_TRUE(connection) << connection.error().message();
    ASSERT_TRUE(connection->execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)"));
    for (int commit = 0; commit < kCommits; ++commit) {
      ASSERT_TRUE(connection->execute("INSERT INTO t VALUES (hex(randomblob(3000)))"));
    }
    bytes_ = *base::read_file(folder_ / "live-wal");
  }

  // The log with these bytes.
  std::optional<WriteAheadLog> log(std::string_view bytes) {
    overwrite(database_.string() + "-wal", bytes);
    auto read = WriteAheadLog::read(database_);
    EXPECT_TRUE(read) << read.error().message();
    return *std::move(read);
  }
  static std::size_t right_pages(const WriteAheadLog& log) {
    std::size_t right = 0;
    for (const LoggedPage& page : log.pages()) right += page.is_right ? 1 : 0;
    return right;
  }

  static constexpr int kCommits = 20;
  static constexpr std::size_t kStep = 4096 + 24;
  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "waybill_wal_test";
  const std::filesystem::path database_ = folder_ / "copy";
  std::string bytes_;
};

TEST_F(WriteAheadLogTest, a_sound_log_has_all_pages_and_no_damage) {
  const auto whole = log(bytes_);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->damage(), std::nullopt);
  EXPECT_EQ(whole->pages().size(), (bytes_.size() - 32) / kStep);
  EXPECT_EQ(right_pages(*whole), whole->pages().size());
  EXPECT_TRUE(check_write_ahead_log(database_));
  EXPECT_EQ(log(bytes_.substr(0, 32)), std::nullopt);
  std::filesystem::remove(database_.string() + "-wal");
  EXPECT_FALSE(*WriteAheadLog::read(database_));
}

TEST_F(WriteAheadLogTest, a_flipped_bit_is_damage_where_commits_follow) {
  const auto whole = log(bytes_);
  for (std::size_t at = 0; at + 4 * kStep < bytes_.size(); at += 509) {
    std::string bytes = bytes_;
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    const auto damaged = log(bytes);
    ASSERT_TRUE(damaged) << at;
    const std::uint64_t expected = at < 32 ? 0 : (at - 32) / kStep * kStep + 32;
    EXPECT_EQ(damaged->damage(), expected) << at;
    EXPECT_EQ(damaged->pages().size(), whole->pages().size()) << at;
    // One page, or two where its checksum is hit, which the next one is summed from.
    EXPECT_GE(right_pages(*damaged) + 2, whole->pages().size()) << at;
    EXPECT_EQ(check_write_ahead_log(database_).error().code(), base::ErrorCode::kCorruption);
  }
}

TEST_F(WriteAheadLogTest, a_log_that_was_moved_may_be_torn_where_it_is_begun_anew) {
  auto connection = Connection::open(folder_ / "live", OpenMode::kReadWrite);
  ASSERT_TRUE(connection) << connection.error().message();
  ASSERT_TRUE(connection->execute("PRAGMA wal_checkpoint(PASSIVE)"));
  std::filesystem::copy_file(folder_ / "live", database_);
  for (const std::size_t at : {std::size_t{3}, std::size_t{20}, std::size_t{32 + 8}}) {
    std::string bytes = bytes_;
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    EXPECT_EQ(log(bytes)->damage(), std::nullopt) << at;
  }
  // But not where one of the database's pages lacks what was written of it last.
  std::string database = *base::read_file(database_);
  database[database.size() - 1] = static_cast<char>(database[database.size() - 1] ^ 4);
  overwrite(database_, database);
  EXPECT_EQ(log(bytes_.substr(0, 3) + "?" + bytes_.substr(4))->damage(), 0U);
}

TEST_F(WriteAheadLogTest, what_a_power_failure_leaves_is_no_damage) {
  const std::size_t last = bytes_.size() - kStep;
  for (const std::size_t length : {bytes_.size() - 1, last, last + 24, last + 7, std::size_t{40}, kStep * 3 + 5}) {
    EXPECT_EQ(log(bytes_.substr(0, length)).value_or(*log(bytes_)).damage(), std::nullopt) << length;
  }
  // The last commit's pages came to the disk in another order.
  std::string torn = bytes_;
  for (std::size_t at = last - kStep; at < last; ++at) torn[at] = 0;
  EXPECT_EQ(log(torn)->damage(), std::nullopt);
  // An earlier round's pages lie behind the end.
  std::string earlier = bytes_.substr(32);
  for (std::size_t at = 0; at < earlier.size(); at += kStep) earlier[at + 8] = static_cast<char>(earlier[at + 8] ^ 1);
  EXPECT_EQ(log(bytes_ + earlier)->damage(), std::nullopt);
}

}  // namespace
}  // namespace waybill::sqlite
