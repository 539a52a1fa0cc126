// Whether the model of a disk is a true one: under it SQLite must keep, and may lose, exactly what its documentation
// says for each journal mode and each degree of syncing (https://sqlite.org/pragma.html#pragma_synchronous).
#include "sqlite/testing/fault_vfs.h"

#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "sqlite/connection.h"

namespace waybill::sqlite::testing {
namespace {

namespace fs = std::filesystem;

using base::SeededRandom;
using base::testing::DiskFault;
using base::testing::DiskOperation;
using base::testing::FaultDisk;

class FaultVfsTest : public ::testing::Test {
 protected:
  void SetUp() override { empty_the_folder(); }
  void TearDown() override { fs::remove_all(folder_); }

  void empty_the_folder() const {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  [[nodiscard]] fs::path database() const { return folder_ / "test.db"; }

  [[nodiscard]] Connection open(const FaultVfs& vfs, const std::string& pragmas) const {
    auto opened = Connection::open(database(), OpenMode::kCreate, vfs.name());
    EXPECT_TRUE(opened.has_value());
    EXPECT_TRUE(opened->execute(pragmas));
    return *std::move(opened);
  }

  const fs::path folder_ = fs::path(::testing::TempDir()) / "fault_vfs_test";
};

TEST_F(FaultVfsTest, a_read_that_fails_is_no_write_that_fails) {
  FaultDisk disk(folder_);
  const FaultVfs vfs(disk);
  {
    const Connection made =
        open(vfs, "PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);");
  }
  Connection connection = open(vfs, "PRAGMA journal_mode = WAL;");
  disk.plan({0, {DiskOperation::kRead}, DiskFault::kIo, false});
  EXPECT_EQ(connection.execute("INSERT INTO t VALUES (2)").error().code(), base::ErrorCode::kUnavailable);
  disk.plan({0, {DiskOperation::kRead}, DiskFault::kShort, false});
  EXPECT_EQ(connection.execute("INSERT INTO t VALUES (2)").error().code(), base::ErrorCode::kBusy);
  disk.plan({0, {DiskOperation::kWrite}, DiskFault::kIo, false});
  EXPECT_EQ(connection.execute("INSERT INTO t VALUES (2)").error().code(), base::ErrorCode::kIo);
  disk.mend();
  EXPECT_TRUE(connection.execute("INSERT INTO t VALUES (2)"));
}

struct Mode {
  const char* journal;
  const char* synchronous;
  bool loses_commits;
  bool corrupts;
};

// What became of databases whose power went.
struct Losses {
  int commits = 0;      // databases that lack a commit which had returned
  int corruptions = 0;  // databases that are none any more
};

// Commits rows 1, 2, … until the power goes; the last row whose commit returned.
std::int64_t commit_until_the_end(Connection& connection, FaultDisk& disk, SeededRandom& random) {
  std::int64_t committed = 0;
  while (!disk.has_struck() && committed < 100) {
    if (random.chance(0.1)) static_cast<void>(connection.execute("PRAGMA wal_checkpoint(PASSIVE)").has_value());
    const std::string number = std::to_string(committed + 1);
    // Rows of several pages, and old ones that change, so that the database's inner pages change as well.
    const auto done =
        connection.execute("BEGIN; INSERT INTO t VALUES (" + number + ", randomblob(" +
                           std::to_string(random.below(6'000)) + "));" + "UPDATE t SET b = randomblob(" +
                           std::to_string(random.below(6'000)) + ") WHERE a % 5 = " + number + " % 5; COMMIT");
    if (done) ++committed;
  }
  return committed;
}

// Whether the database holds all rows up to `committed`; nothing if it is broken.
std::optional<bool> has_all(const fs::path& path, const std::string& vfs, std::int64_t committed) {
  auto connection = Connection::open(path, OpenMode::kReadWrite, vfs);
  if (!connection) return std::nullopt;
  auto check = connection->prepare("PRAGMA integrity_check");
  if (!check || !check->step().value_or(false) || check->bytes(0) != "ok") return std::nullopt;
  const auto rows = connection->query_integer("SELECT count(*) FROM t WHERE a <= " + std::to_string(committed));
  if (!rows) return std::nullopt;
  return *rows == committed;
}

class FaultVfsModes : public FaultVfsTest {
 protected:
  void cut(const Mode& mode, std::uint64_t seed, Losses& losses) const {
    SeededRandom random(seed);
    empty_the_folder();
    FaultDisk disk(folder_);
    const FaultVfs vfs(disk);
    const std::string pragmas = std::string("PRAGMA journal_mode = ") + mode.journal + ";";
    static_cast<void>(
        open(vfs, pragmas + "PRAGMA synchronous = EXTRA; CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB)"));
    std::int64_t committed = 0;
    {
      Connection connection = open(vfs, pragmas + "PRAGMA synchronous = " + mode.synchronous);
      disk.kill_after(random.below(300));
      committed = commit_until_the_end(connection, disk, random);
    }
    disk.power_loss(random);
    const std::optional<bool> all = has_all(database(), vfs.name(), committed);
    if (!all) ++losses.corruptions;
    if (all == false) ++losses.commits;
  }
};

TEST_F(FaultVfsModes, sqlite_keeps_and_loses_what_it_says_it_does) {
  constexpr Mode kModes[] = {
      {"WAL", "FULL", false, false},      {"WAL", "NORMAL", true, false},    {"WAL", "OFF", true, true},
      {"DELETE", "EXTRA", false, false},  {"DELETE", "FULL", true, false},   {"DELETE", "OFF", true, true},
      {"TRUNCATE", "FULL", false, false}, {"PERSIST", "FULL", false, false},
  };
  constexpr std::uint64_t kSeeds = 60;
  constexpr std::uint64_t kSeedsMax = 600;
  for (const Mode& mode : kModes) {
    SCOPED_TRACE(std::string(mode.journal) + ", synchronous = " + mode.synchronous);
    Losses losses;
    // What may happen must be seen, if not within the first seeds then soon.
    const auto unseen = [&] {
      return (mode.loses_commits && losses.commits + losses.corruptions == 0) ||
             (mode.corrupts && losses.corruptions == 0);
    };
    for (std::uint64_t seed = 0; seed < kSeeds || (unseen() && seed < kSeedsMax); ++seed) cut(mode, seed, losses);
    EXPECT_FALSE(unseen());
    EXPECT_TRUE(mode.loses_commits || losses.commits == 0) << losses.commits;
    EXPECT_TRUE(mode.corrupts || losses.corruptions == 0) << losses.corruptions;
  }
}

TEST_F(FaultVfsTest, a_planned_fault_reaches_the_caller_as_the_error_it_is) {
  const struct {
    DiskOperation kind;
    DiskFault fault;
    base::ErrorCode code;
  } cases[] = {
      {DiskOperation::kWrite, DiskFault::kIo, base::ErrorCode::kIo},
      {DiskOperation::kWrite, DiskFault::kFull, base::ErrorCode::kStorageFull},
      {DiskOperation::kSync, DiskFault::kIo, base::ErrorCode::kIo},
      {DiskOperation::kWrite, DiskFault::kDead, base::ErrorCode::kIo},
  };
  for (const auto& c : cases) {
    empty_the_folder();
    FaultDisk disk(folder_);
    const FaultVfs vfs(disk);
    Connection connection = open(vfs, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)");
    disk.plan({.kinds = {c.kind}, .fault = c.fault});
    const auto failed = connection.execute("INSERT INTO t VALUES (1)");
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code(), c.code);
    EXPECT_EQ(*connection.query_integer("SELECT count(*) FROM t"), 0);
  }
}

TEST_F(FaultVfsTest, as_the_default_it_sees_connections_that_name_none) {
  FaultDisk disk(folder_);
  {
    const FaultVfs vfs(disk, VfsRole::kDefault);
    auto connection = Connection::open(database(), OpenMode::kCreate);
    ASSERT_TRUE(connection->execute("CREATE TABLE t (a)"));
    EXPECT_GT(disk.operations(DiskOperation::kWrite), 0U);
  }
  const std::uint64_t before = disk.operations();
  auto connection = Connection::open(database(), OpenMode::kReadWrite);
  ASSERT_TRUE(connection->execute("INSERT INTO t VALUES (1)"));
  EXPECT_EQ(disk.operations(), before);
}

TEST_F(FaultVfsTest, a_database_elsewhere_is_left_alone) {
  fs::create_directories(folder_ / "disk");
  FaultDisk disk(folder_ / "disk");
  const FaultVfs vfs(disk);
  disk.kill_after(0);
  Connection connection = open(vfs, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  EXPECT_EQ(*connection.query_integer("SELECT count(*) FROM t"), 1);
  EXPECT_EQ(disk.operations(), 0U);
}

}  // namespace
}  // namespace waybill::sqlite::testing
