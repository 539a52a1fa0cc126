#include "backup/file_copy.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/files.h"

namespace waybill::backup {
namespace {

class FileCopyTest : public ::testing::Test {
 public:
  FileCopyTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "waybill-test-XXXXXX").string();
    CHECK(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    CHECK(base::write_private_file(folder_ / "from", text_));
  }
  ~FileCopyTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

 protected:
  std::filesystem::path folder_;
  base::SystemFiles files_;
  const std::string text_ = std::string(3'000'000, 'x') + "end";
};

TEST_F(FileCopyTest, a_file_that_is_removed_meanwhile_is_copied_whole) {
  auto held = HeldFile::open(folder_ / "from");
  ASSERT_TRUE(held.has_value());
  std::filesystem::remove(folder_ / "from");
  // Left by a copy that was interrupted.
  ASSERT_TRUE(base::write_private_file(folder_ / "to.new", "half").has_value());
  const auto content = held->copy_to(folder_ / "to", files_);
  ASSERT_TRUE(content.has_value()) << content.error().message();
  EXPECT_EQ(content->bytes, text_.size());
  EXPECT_EQ(content->sha256, base::to_hex(base::sha256(text_)));
  EXPECT_EQ(base::read_file(folder_ / "to").value_or(""), text_);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "to.new"));
}

TEST_F(FileCopyTest, what_is_read_is_told_as_what_is_copied) {
  auto held = HeldFile::open(folder_ / "from");
  ASSERT_TRUE(held.has_value());
  const auto content = held->read_all();
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->bytes, text_.size());
  EXPECT_EQ(content->sha256, base::to_hex(base::sha256(text_)));
}

TEST_F(FileCopyTest, a_link_is_a_second_name) {
  const auto linked = link_file(folder_ / "from", folder_ / "to");
  ASSERT_TRUE(linked.has_value() && *linked);
  EXPECT_TRUE(std::filesystem::equivalent(folder_ / "from", folder_ / "to"));
  const auto again = link_file(folder_ / "from", folder_ / "to");
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), base::ErrorCode::kConflict);
}

TEST_F(FileCopyTest, what_is_not_there_is_said_to_be_missing) {
  for (const auto code :
       {HeldFile::open(folder_ / "none").error().code(), link_file(folder_ / "none", folder_ / "to").error().code(),
        read_end(folder_ / "none", 3).error().code()}) {
    EXPECT_EQ(code, base::ErrorCode::kNotFound);
  }
}

TEST_F(FileCopyTest, the_end_of_a_file_is_as_long_as_asked_for_or_the_file) {
  EXPECT_EQ(read_end(folder_ / "from", 3).value_or(""), "end");
  EXPECT_EQ(read_end(folder_ / "from", 10'000'000).value_or(""), text_);
}

}  // namespace
}  // namespace waybill::backup
