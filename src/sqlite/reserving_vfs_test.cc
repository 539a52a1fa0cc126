#include "sqlite/reserving_vfs.h"

#include <filesystem>
#include <string>

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

}  // namespace
}  // namespace waybill::sqlite
