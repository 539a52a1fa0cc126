#include "base/files.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_system.h"

namespace waybill::base {
namespace {

namespace fs = std::filesystem;

constexpr fs::perms kOwnerReadsAndWrites = fs::perms::owner_read | fs::perms::owner_write;

// A folder of its own for each test, gone afterwards.
class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "waybill_files_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path in_folder(std::string_view name) const { return folder_ / name; }

  static void write(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

 private:
  fs::path folder_;
};

TEST_F(Files, read_file_gives_the_whole_of_it) {
  for (const std::size_t size : {0U, 1U, 65'536U, 200'001U}) {
    SCOPED_TRACE(size);
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7);
    write(in_folder("a"), text);
    EXPECT_EQ(read_file(in_folder("a")).value(), text);
  }
}

TEST_F(Files, read_file_says_why_it_cannot) {
  const auto missing = read_file(in_folder("missing"));
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message(), "reading " + in_folder("missing").string() + ": No such file or directory");
  EXPECT_EQ(read_file(in_folder("")).error().code(), ErrorCode::kIo) << "a folder is no file";
}

TEST_F(Files, a_private_file_is_replaced_whole_and_readable_by_its_owner_alone) {
  const fs::path path = in_folder("secret");
  for (const std::string_view text : {"first, and longer", "second", ""}) {
    ASSERT_TRUE(write_private_file(path, text));
    EXPECT_EQ(read_file(path).value(), text);
    EXPECT_EQ(fs::status(path).permissions(), kOwnerReadsAndWrites);
  }
  EXPECT_FALSE(fs::exists(path.string() + ".new"));
}

TEST_F(Files, a_private_file_stays_private_after_an_attempt_that_was_cut_off) {
  const fs::path path = in_folder("secret");
  write(path.string() + ".new", "half a");
  fs::permissions(path.string() + ".new", fs::perms::all);
  ASSERT_TRUE(write_private_file(path, "whole"));
  EXPECT_EQ(read_file(path).value(), "whole");
  EXPECT_EQ(fs::status(path).permissions(), kOwnerReadsAndWrites);
}

TEST_F(Files, a_special_file_is_written_to_and_stays_what_it_is) {
  const fs::path pipe = in_folder("pipe");
  const fs::path link = in_folder("link");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink(pipe, link);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  for (const fs::path& path : {pipe, link}) {
    EXPECT_TRUE(is_special_file(path));
    ASSERT_TRUE(write_private_file(path, "text"));
    EXPECT_TRUE(fs::is_fifo(pipe));
    EXPECT_TRUE(fs::is_symlink(link));
    std::array<char, 8> read_back{};
    EXPECT_EQ(read(reader, read_back.data(), read_back.size()), 4);
  }
  close(reader);
  std::ofstream(in_folder("usual")) << "x";
  for (const char* usual : {"usual", "nothing", "."}) EXPECT_FALSE(is_special_file(in_folder(usual))) << usual;
  EXPECT_TRUE(is_special_file("/dev/null"));
}

TEST_F(Files, a_private_file_needs_its_folder) {
  EXPECT_EQ(write_private_file(in_folder("no/secret"), "x").error().code(), ErrorCode::kNotFound);
}

TEST_F(Files, a_private_folder_is_made_with_its_parents_for_its_owner_alone) {
  for (const std::string_view name : {"a", "b/c/d", "e/f/"}) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(make_private_folder(in_folder(name)));
    EXPECT_EQ(fs::status(in_folder(name)).permissions(), fs::perms::owner_all);
    EXPECT_TRUE(make_private_folder(in_folder(name))) << "there already";
  }
}

TEST_F(Files, a_private_folder_cannot_stand_where_something_else_does) {
  write(in_folder("file"), "");
  for (const std::string_view name : {"file", "file/", "file/below", "file/far/below"}) {
    SCOPED_TRACE(name);
    const auto made = make_private_folder(in_folder(name));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), ErrorCode::kIo);
    EXPECT_NE(made.error().message().find("creating " + in_folder("file").string()), std::string::npos);
  }
}

TEST_F(Files, a_lock_is_held_by_one_and_names_its_holder) {
  const fs::path path = in_folder("lock");
  {
    const auto held = FileLock::take(path);
    ASSERT_TRUE(held);
    const auto refused = FileLock::take(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), conflict(path.parent_path().string() + " is held by another waybill process (pid " +
                                        std::to_string(getpid()) + ")"));
  }
  EXPECT_TRUE(FileLock::take(path)) << "free again";
}

TEST_F(Files, a_lock_tells_its_holder_and_is_empty_when_it_is_let_go) {
  const fs::path path = in_folder("lock");
  EXPECT_EQ(*FileLock::holder(path), std::nullopt) << "there is no file";
  {
    const auto held = FileLock::take(path);
    ASSERT_TRUE(held);
    EXPECT_EQ(*FileLock::holder(path), std::optional<std::int64_t>(getpid()));
    EXPECT_FALSE(FileLock::take(path));
    EXPECT_EQ(read_file(path).value(), std::to_string(getpid()) + "\n") << "who is refused leaves it alone";
  }
  EXPECT_EQ(read_file(path).value(), "");
  write(path, std::to_string(getpid()) + "\n");
  EXPECT_EQ(*FileLock::holder(path), std::nullopt) << "a killed process leaves its number behind, and holds nothing";
}

TEST_F(Files, a_lock_moves_with_its_object) {
  const fs::path path = in_folder("lock");
  auto first = FileLock::take(path);
  ASSERT_TRUE(first);
  {
    const FileLock moved = std::move(first).value();
    EXPECT_FALSE(FileLock::take(path));
  }
  EXPECT_TRUE(FileLock::take(path));
}

TEST_F(Files, a_lock_needs_its_folder) {
  EXPECT_EQ(FileLock::take(in_folder("no/lock")).error().code(), ErrorCode::kNotFound);
}

TEST_F(Files, a_file_is_continued_behind_what_is_to_stay) {
  const fs::path path = in_folder("file");
  write(path, "abcdef");
  {
    const auto file = continue_file(path, 4);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->append("XYZ"));
  }
  EXPECT_EQ(read_file(path).value(), "abcdXYZ");
  const auto longer = continue_file(path, 8);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error(), invalid_argument(path.string() + " has 7 bytes, fewer than the 8 that were written to it"));
  EXPECT_EQ(continue_file(in_folder("none"), 0).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace waybill::base
