#include "bundle/archive.h"

#include <array>
#include <charconv>
#include <memory>
#include <numeric>

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "base/bytes.h"

namespace waybill::bundle {
namespace {

constexpr base::WallTime kNow = base::from_ms(1'800'000'000'123);
constexpr std::size_t kBlock = 512;

std::string unpacked(std::string_view gzip) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> reader(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string out(1024UL * 1024, '\0');
  std::size_t length = 0;
  const auto result =
      libdeflate_gzip_decompress(reader.get(), gzip.data(), gzip.size(), out.data(), out.size(), &length);
  EXPECT_EQ(result, LIBDEFLATE_SUCCESS);
  out.resize(length);
  return out;
}

std::string text_at(std::string_view head, std::size_t at, std::size_t length) {
  const std::string_view field = head.substr(at, length);
  return std::string(field.substr(0, field.find('\0')));
}

std::uint64_t number_at(std::string_view head, std::size_t at, std::size_t length) {
  const std::string digits = text_at(head, at, length);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 8);
  EXPECT_TRUE(error == std::errc() && end == digits.data() + digits.size()) << digits;
  return number;
}

// What one head says must be right of a file of ours, whatever its name.
void check_head(std::string head) {
  EXPECT_EQ(number_at(head, 100, 8), 0600U);
  EXPECT_EQ(number_at(head, 136, 12), 1'800'000'000U);
  EXPECT_EQ(head.substr(156, 1), "0");
  EXPECT_EQ(head.substr(257, 8), std::string_view("ustar\0"
                                                  "00",
                                                  8));
  const std::uint64_t sum = number_at(head, 148, 7);
  head.replace(148, 8, 8, ' ');
  EXPECT_EQ(sum, std::accumulate(head.begin(), head.end(), std::uint64_t{0},
                                 [](std::uint64_t to, char c) { return to + static_cast<unsigned char>(c); }));
}

std::vector<ArchiveFile> files_of(std::string_view tar) {
  std::vector<ArchiveFile> files;
  EXPECT_EQ(tar.size() % kBlock, 0U);
  while (!tar.empty() && tar.front() != '\0') {
    const std::string_view head = tar.substr(0, kBlock);
    check_head(std::string(head));
    const std::uint64_t size = number_at(head, 124, 12);
    files.push_back({text_at(head, 0, 100), std::string(tar.substr(kBlock, size))});
    tar.remove_prefix(kBlock + (size + kBlock - 1) / kBlock * kBlock);
  }
  EXPECT_EQ(tar, std::string(2 * kBlock, '\0'));
  return files;
}

TEST(Archive, what_was_put_in_comes_out) {
  const std::vector<ArchiveFile> files = {{"empty.txt", ""},
                                          {"words.txt", "Grüße\n"},
                                          {"block.txt", std::string(kBlock, 'b')},
                                          {"long.txt", std::string(300'000, 'x') + "\n"}};
  const auto made = make_archive("waybill-debug", files, kNow);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_LT(made->size(), 10'000U);
  const std::vector<ArchiveFile> read = files_of(unpacked(*made));
  ASSERT_EQ(read.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(read[i].name, "waybill-debug/" + files[i].name);
    EXPECT_EQ(read[i].text, files[i].text);
  }
}

TEST(Archive, a_name_that_has_no_room_is_refused) {
  const std::vector<ArchiveFile> fits = {{std::string(97, 'n'), ""}};
  const std::vector<ArchiveFile> too_long = {{std::string(98, 'n'), ""}};
  const auto made = make_archive("f", fits, kNow);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(files_of(unpacked(*made)).front().name, "f/" + fits.front().name);
  const auto refused = make_archive("f", too_long, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace waybill::bundle
