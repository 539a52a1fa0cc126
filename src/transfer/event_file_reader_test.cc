#include "cli/line_reader.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::cli {
namespace {

using std::string_literals::operator""s;

class LineReaderTest : public ::testing::Test {
 public:
  LineReaderTest() {
    std::string pattern = ::testing::TempDir() + "waybill_line_reader_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ / "lines";
  }
  ~LineReaderTest() override { std::filesystem::remove_all(folder_); }

 protected:
  void write(std::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }

  // All lines of a file that holds `text`; an error ends them as its message.
  [[nodiscard]] std::vector<std::string> lines_of(std::string_view text) const {
    write(text);
    auto reader = LineReader::open(path_);
    EXPECT_TRUE(reader) << reader.error().message();
    std::vector<std::string> lines;
    for (std::string line;;) {
      const auto more = reader->next(line);
      if (!more) lines.push_back(more.error().message());
      if (!more || !*more) return lines;
      lines.push_back(line);
      EXPECT_EQ(reader->line_number(), lines.size());
    }
  }

  std::filesystem::path folder_;
  std::string path_;
};

using Lines = std::vector<std::string>;

TEST_F(LineReaderTest, gives_every_line_without_its_newline) {
  const std::pair<std::string, Lines> cases[] = {
      {"", {}},
      {"\n", {""}},
      {"a", {"a"}},
      {"a\n", {"a"}},
      {"a\nb", {"a", "b"}},
      {"a\nb\n", {"a", "b"}},
      {"\n\na\n\n", {"", "", "a", ""}},
      {"a\r\nb\r\n", {"a\r", "b\r"}},
      {"a\rb\n", {"a\rb"}},
      {"a\0b\nc"s, {"a\0b"s, "c"}},
      {"é\n\xff\n", {"é", "\xff"}},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(lines_of(text), want) << testing::PrintToString(text);
}

TEST_F(LineReaderTest, lines_may_cross_what_is_read_at_once) {
  constexpr std::size_t kMiB = 1024UL * 1024;
  // Ends shortly before, at and behind the ends of reads of a MiB.
  Lines want;
  std::string text;
  for (const std::size_t length : {kMiB - 1, kMiB - 1, kMiB, kMiB + 1, 3 * kMiB + 7, 0UL, 5UL}) {
    want.emplace_back(length, static_cast<char>('a' + want.size()));
    text += want.back() + "\n";
  }
  EXPECT_EQ(lines_of(text), want);
  text.pop_back();
  EXPECT_EQ(lines_of(text), want);
}

TEST_F(LineReaderTest, a_line_may_be_as_long_as_the_limit_and_no_longer) {
  const std::string longest(LineReader::kLineBytesMax, 'x');
  const std::string refusal = path_ + ": line 2: is longer than 16777216 bytes";
  EXPECT_EQ(lines_of("a\n" + longest + "\nb\n"), (Lines{"a", longest, "b"}));
  EXPECT_EQ(lines_of("a\n" + longest), (Lines{"a", longest}));
  EXPECT_EQ(lines_of("a\n" + longest + "x\nb\n"), (Lines{"a", refusal}));
  EXPECT_EQ(lines_of("a\n" + longest + "x"), (Lines{"a", refusal}));
  EXPECT_EQ(lines_of("a\n" + longest + longest + "\n"), (Lines{"a", refusal}));
}

TEST_F(LineReaderTest, a_file_that_is_not_there_is_named) {
  const auto reader = LineReader::open(path_);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code(), base::ErrorCode::kNotFound);
  EXPECT_NE(reader.error().message().find(path_), std::string::npos) << reader.error().message();
}

TEST_F(LineReaderTest, a_folder_cannot_be_read) {
  std::filesystem::create_directory(path_);
  auto reader = LineReader::open(path_);
  std::string line;
  const auto more = reader ? reader->next(line) : base::Result<bool>(reader.error());
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), base::ErrorCode::kIo);
  EXPECT_NE(more.error().message().find(path_), std::string::npos) << more.error().message();
}

TEST_F(LineReaderTest, total_bytes_are_the_files_sizes_or_unknown) {
  write("12345");
  EXPECT_EQ(total_bytes({}), 0U);
  EXPECT_EQ(total_bytes({path_}), 5U);
  EXPECT_EQ(total_bytes({path_, path_}), 10U);
  EXPECT_EQ(total_bytes({path_, "-"}), 0U) << "standard input does not say";
  EXPECT_EQ(total_bytes({path_, path_ + ".missing"}), 0U);
}

}  // namespace
}  // namespace waybill::cli
