#include "sqlite/reserving_vfs.h"

#include <filesystem>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/files.h"
#include "sqlite/connection.h"

namespace waybill::sqlite {
namespace {

TEST(ReservingVfs, is_one_that_sqlite_knows_and_not_its_usual_one) {
  const char* const name = reserving_vfs();
  EXPECT_EQ(reserving_vfs(), name);
  ASSERT_NE(sqlite3_vfs_find(name), nullptr);
  EXPECT_NE(sqlite3_vfs_find(nullptr), sqlite3_vfs_find(name));
}

// What it does on a disk that is full, tests/e2e/full_disk_test.py shows.
TEST(ReservingVfs, shared_memory_lies_on_the_disk_as_a_whole) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "waybill_reserving_vfs_test";
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(base::make_private_folder(folder));
  auto connection = Connection::open(folder / "db", OpenMode::kCreate);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)"));
  auto other = Connection::open(folder / "db", OpenMode::kReadWrite);
  ASSERT_TRUE(other);
  EXPECT_EQ(*other->query_integer("SELECT count(*) FROM t"), 0);
  struct stat state{};
  ASSERT_EQ(stat((folder / "db-shm").c_str(), &state), 0);
  EXPECT_GT(state.st_size, 0);
  EXPECT_GE(state.st_blocks * 512, state.st_size);
}

// Deleting rows moves others between pages, and those may be deleted later.
TEST(ReservingVfs, what_was_deleted_is_not_in_the_database_any_more) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "waybill_deleted_rows_test";
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(base::make_private_folder(folder));
  auto connection = Connection::open(folder / "db", OpenMode::kCreate);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(
      connection->execute("PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;"
                          "CREATE TABLE t (number INTEGER PRIMARY KEY, bytes TEXT, UNIQUE (bytes))"));
  auto insert = connection->prepare("INSERT INTO t (number, bytes) VALUES (?, ?)");
  ASSERT_TRUE(insert);
  constexpr std::int64_t kRows = 3'000;
  const auto mark = [](std::int64_t number) { return "row " + std::to_string(number) + ";"; };
  for (std::int64_t number = 1; number <= kRows; ++number) {
    const std::string bytes = mark(number) + std::string(static_cast<std::size_t>(number * 37 % 300), '.');
    ASSERT_TRUE(insert->run(number, std::string_view(bytes)));
  }
  // A part of them after the other, until one in seven is left.
  for (std::int64_t rest = 1; rest < 7; ++rest) {
    auto remove = connection->prepare("DELETE FROM t WHERE number % 7 = ? AND number > ? AND number <= ?");
    ASSERT_TRUE(remove);
    for (std::int64_t above = 0; above < kRows; above += 100) ASSERT_TRUE(remove->run(rest, above, above + 100));
  }
  ASSERT_TRUE(connection->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  EXPECT_EQ(*connection->query_integer("SELECT count(*) FROM t"), kRows / 7);
  EXPECT_EQ(*connection->query_integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
  const auto file = base::read_file(folder / "db");
  ASSERT_TRUE(file);
  for (std::int64_t number = 1; number <= kRows; ++number) {
    EXPECT_EQ(file->find(mark(number)) != std::string::npos, number % 7 == 0) << number;
  }
}

}  // namespace
}  // namespace waybill::sqlite
