#include "store/local/expiry_marks.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace waybill::store {
namespace {

model::WorkspaceNumber number(std::uint32_t value) { return model::WorkspaceNumber{value}; }

TEST(ExpiryMarks, only_rise_and_go_with_their_workspace) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "waybill_expiry_marks_test.db";
  std::filesystem::remove(path);
  auto connection = sqlite::Connection::open(path, sqlite::OpenMode::kCreate);
  ASSERT_TRUE(connection) << connection.error().message();
  ASSERT_TRUE(
      connection->execute("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
                          "CREATE TABLE workspaces (number INTEGER PRIMARY KEY);"
                          "INSERT INTO counters VALUES ('next_file', 5), ('sealed_through', 9);"
                          "INSERT INTO workspaces VALUES (3), (12)"));
  ASSERT_TRUE(write_expiry_marks(
      *connection, {{number(3), base::from_ms(30)}, {number(7), base::from_ms(70)}, {number(12), base::from_ms(120)}}));
  ASSERT_TRUE(write_expiry_marks(*connection, {{number(3), base::from_ms(20)}, {number(12), base::from_ms(130)}}));
  ASSERT_TRUE(forget_marks_of_nobody(*connection));
  const ExpiryMarks want = {{number(3), base::from_ms(30)}, {number(12), base::from_ms(130)}};
  EXPECT_EQ(*read_expiry_marks(*connection), want);
  EXPECT_EQ(*connection->query_integer("SELECT count(*) FROM counters"), 4);
}

}  // namespace
}  // namespace waybill::store
