#include "app/admin_token.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "base/bounded_files.h"
#include "base/files.h"
#include "base/random.h"

namespace waybill::app {
namespace {

class AdminToken : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(base::make_private_folder(folder_));
  }

  base::Result<std::string> ensure() { return ensure_admin_token(folder_, random_); }

  base::SystemRandom random_;
  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "waybill_admin_token_test";
  const std::filesystem::path file_ = folder_ / kAdminTokenFile;
};

TEST_F(AdminToken, is_made_once_and_read_after_that) {
  const auto made = ensure();
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->size(), 32U);
  EXPECT_EQ(*ensure(), *made);
  EXPECT_EQ(*read_admin_token(file_), *made);
}

TEST_F(AdminToken, of_another_shape_is_refused_by_name) {
  const std::string whole = *ensure();
  for (const std::string& text : {std::string("a"), whole.substr(0, 16), whole + "0", whole.substr(1) + "g",
                                  std::string(32, '\0'), whole + " " + whole}) {
    ASSERT_TRUE(base::write_private_file(file_, text + "\n"));
    const auto read = ensure();
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), base::ErrorCode::kCorruption);
    EXPECT_EQ(read.error().message(), file_.string() +
                                          " holds no administrator's token, which is 32 hexadecimal digits; remove "
                                          "it, and the next start makes a new one");
  }
  ASSERT_TRUE(base::write_private_file(file_, "\n"));
  EXPECT_EQ(ensure().error().message(), file_.string() + " is empty; remove it, and the next start makes a new one");
}

TEST_F(AdminToken, is_read_from_a_regular_file_that_ends) {
  std::filesystem::create_symlink("/dev/zero", file_);
  EXPECT_EQ(ensure().error().message(), file_.string() + " is no regular file, so it holds no administrator's token");
  std::filesystem::remove(file_);
  ASSERT_TRUE(base::write_private_file(file_, std::string(base::kSmallFileMax + 1, 'a')));
  EXPECT_EQ(ensure().error().code(), base::ErrorCode::kCorruption);
  std::filesystem::remove(file_);
  std::filesystem::create_directory(file_);
  EXPECT_EQ(ensure().error().code(), base::ErrorCode::kCorruption);
}

}  // namespace
}  // namespace waybill::app
