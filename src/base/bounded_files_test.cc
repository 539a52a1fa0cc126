#include "base/bounded_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.h"

namespace waybill::base {
namespace {

class BoundedFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(make_private_folder(folder_));
  }

  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "waybill_bounded_files_test";
  const std::filesystem::path file_ = folder_ / "file";
};

TEST_F(BoundedFiles, reading_ends_where_a_file_does_not) {
  EXPECT_EQ(read_file_up_to("/dev/zero", kSmallFileMax).error().code(), ErrorCode::kTooLarge);
  ASSERT_TRUE(write_private_file(file_, "1234"));
  EXPECT_EQ(read_file_up_to(file_, 4).value(), "1234");
  EXPECT_EQ(read_file_up_to(file_, 3).error().message(), file_.string() + " has more than 3 bytes");
  EXPECT_EQ(read_file_up_to(folder_ / "missing", 3).error().code(), ErrorCode::kNotFound);
}

TEST_F(BoundedFiles, a_small_file_is_regular_and_small) {
  EXPECT_EQ(check_small_file("/dev/zero").error().message(), "/dev/zero is no regular file");
  EXPECT_EQ(check_small_file(folder_).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(check_small_file(file_).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(write_private_file(file_, std::string(kSmallFileMax, 'a')));
  EXPECT_TRUE(check_small_file(file_));
  ASSERT_TRUE(write_private_file(file_, std::string(kSmallFileMax + 1, 'a')));
  EXPECT_EQ(check_small_file(file_).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(BoundedFiles, room_is_reserved_for_the_owner_or_nothing_is_left) {
  const auto reserved = reserve_room(file_, 100'000);
  struct stat state{};
  ASSERT_EQ(stat(file_.c_str(), &state) == 0, reserved.has_value()) << "a file system may not be able to";
  if (!reserved) return;
  EXPECT_EQ(state.st_size, 100'000);
  EXPECT_GE(state.st_blocks * 512, 100'000);
  EXPECT_EQ(state.st_mode & 0777U, 0600U);
  EXPECT_TRUE(reserve_room(file_, 100'000));
  EXPECT_FALSE(reserve_room(folder_ / "huge", 1ULL << 62U));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "huge"));
}

}  // namespace
}  // namespace waybill::base
