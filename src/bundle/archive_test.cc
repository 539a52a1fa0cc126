#include "bundle/archive.h"

#include <gtest/gtest.h>

namespace waybill::bundle {
namespace {

constexpr base::WallTime kNow = base::from_ms(1'800'000'000'123);

TEST(Archive, what_was_put_in_comes_out) {
  const std::vector<ArchiveFile> files = {
      {"empty.txt", ""}, {"words.txt", "Grüße\n"}, {"long.txt", std::string(300'000, 'x') + "\n"}};
  const auto made = make_archive("waybill-debug", files, kNow);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(made->starts_with("\x1f\x8b"));
  EXPECT_LT(made->size(), 10'000U);
  const auto read = read_archive_for_test(*made);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ((*read)[i].name, "waybill-debug/" + files[i].name);
    EXPECT_EQ((*read)[i].text, files[i].text);
  }
}

TEST(Archive, half_of_one_is_no_archive) {
  const std::vector<ArchiveFile> files = {{"words.txt", "words\n"}};
  const auto made = make_archive("waybill-debug", files, kNow);
  ASSERT_TRUE(made);
  EXPECT_FALSE(read_archive_for_test(made->substr(0, made->size() / 2)));
  EXPECT_FALSE(read_archive_for_test("words"));
}

}  // namespace
}  // namespace waybill::bundle
