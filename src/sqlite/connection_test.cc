#include "sqlite/connection.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace waybill::sqlite {
namespace {

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove(path_);
    auto opened = Connection::open(path_, OpenMode::kCreate);
    ASSERT_TRUE(opened.has_value());
    connection_ = std::make_unique<Connection>(*std::move(opened));
    ASSERT_TRUE(connection_->execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB, c TEXT)"));
  }
  void TearDown() override {
    connection_.reset();
    std::filesystem::remove(path_);
  }

  // Whether another process would find a lock on the file.
  [[nodiscard]] bool is_locked_for_others() const {
    const pid_t child = fork();
    if (child == 0) {
      const int descriptor = open(path_.c_str(), O_RDWR | O_CLOEXEC);
      struct flock asked{};
      asked.l_type = F_WRLCK;
      asked.l_whence = SEEK_SET;
      const bool has_asked = descriptor >= 0 && fcntl(descriptor, F_GETLK, &asked) == 0;
      _exit(has_asked && asked.l_type != F_UNLCK ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  const std::filesystem::path path_ =
      std::filesystem::path(::testing::TempDir()) / ("connection_test_" + std::to_string(getpid()) + ".db");
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, values_come_back_as_they_were_bound) {
  auto insert = connection_->prepare("INSERT INTO t VALUES (?, ?, ?)");
  ASSERT_TRUE(insert.has_value());
  const std::string bytes("\0\1\xff", 3);
  ASSERT_TRUE(insert->run(std::int64_t{7}, Blob{bytes}, std::string_view("ü")));
  ASSERT_TRUE(insert->run(std::int64_t{8}, Blob{""}, std::string_view("")));
  auto select = connection_->prepare("SELECT a, b, c FROM t ORDER BY a");
  ASSERT_TRUE(*select->step());
  EXPECT_EQ(select->integer(0), 7);
  EXPECT_EQ(select->bytes(1), bytes);
  EXPECT_EQ(select->bytes(2), "ü");
  ASSERT_TRUE(*select->step());
  EXPECT_FALSE(select->is_null(1));
  EXPECT_EQ(select->bytes(1), "");
  EXPECT_FALSE(*select->step());
}

TEST_F(ConnectionTest, a_transaction_that_is_not_committed_leaves_nothing) {
  {
    auto transaction = Transaction::begin(*connection_);
    ASSERT_TRUE(transaction.has_value());
    ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1, x'', '')"));
  }
  EXPECT_EQ(*connection_->query_integer("SELECT count(*) FROM t"), 0);
  {
    auto transaction = Transaction::begin(*connection_);
    ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1, x'', '')"));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(*connection_->query_integer("SELECT count(*) FROM t"), 1);
}

TEST_F(ConnectionTest, a_broken_constraint_is_a_conflict) {
  ASSERT_TRUE(connection_->execute("INSERT INTO t VALUES (1, x'', '')"));
  const auto again = connection_->execute("INSERT INTO t VALUES (1, x'', '')");
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), base::ErrorCode::kConflict);
}

TEST_F(ConnectionTest, a_full_database_says_so_and_works_again_when_it_may_grow) {
  ASSERT_TRUE(connection_->execute("PRAGMA max_page_count = 5"));
  auto insert = connection_->prepare("INSERT INTO t VALUES (NULL, ?, '')");
  const std::string big(40'000, 'x');
  insert->bind(1, Blob{big});
  const auto full = insert->step();
  insert->reset();
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code(), base::ErrorCode::kStorageFull);
  ASSERT_TRUE(connection_->execute("PRAGMA max_page_count = 1000"));
  EXPECT_TRUE(insert->run(Blob{big}));
}

TEST_F(ConnectionTest, only_its_owner_may_read_a_new_file) {
  const auto mode = std::filesystem::status(path_).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// Closing any descriptor of a file drops all POSIX locks that its process has on it.
TEST_F(ConnectionTest, another_opening_and_closing_in_this_process_lets_no_other_process_write) {
  ASSERT_TRUE(connection_->execute("PRAGMA locking_mode = EXCLUSIVE"));
  auto transaction = Transaction::begin(*connection_);
  ASSERT_TRUE(transaction.has_value());
  for (const OpenMode mode : {OpenMode::kCreate, OpenMode::kReadWrite, OpenMode::kReadOnly}) {
    ASSERT_TRUE(Connection::open(path_, mode).has_value());
    EXPECT_TRUE(is_locked_for_others()) << static_cast<int>(mode);
  }
}

TEST(ConnectionOpenTest, what_is_missing_or_no_database_is_named) {
  const auto missing = Connection::open("/nonexistent/waybill.db", OpenMode::kReadWrite);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), base::ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message().find("/nonexistent/waybill.db"), std::string::npos);

  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "no_database.db";
  std::ofstream(path) << "This is a text, and long enough that SQLite must look at its head, which has a hundred bytes "
                         "in a database.";
  auto opened = Connection::open(path, OpenMode::kReadOnly);
  ASSERT_TRUE(opened.has_value());
  const auto answer = opened->query_integer("SELECT count(*) FROM sqlite_schema");
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code(), base::ErrorCode::kCorruption);
  EXPECT_EQ(answer.error().message(), "SQLite, no_database.db: file is not a database");
  std::filesystem::remove(path);
}

// A shortage passes, and is no reason to mend anything.
TEST_F(ConnectionTest, a_lack_of_descriptors_is_busy) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto opened = Connection::open(path_, OpenMode::kReadWrite);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), base::ErrorCode::kBusy) << opened.error().message();
  EXPECT_TRUE(Connection::open(path_, OpenMode::kReadWrite).has_value());
}

}  // namespace
}  // namespace waybill::sqlite
