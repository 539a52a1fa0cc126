#include "store/local/manifest.h"

#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

using base::ErrorCode;

class ManifestTest : public ::testing::Test {
 public:
  ManifestTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "waybill-test-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~ManifestTest() override { std::filesystem::remove_all(folder_); }

 protected:
  void write(const std::string& name) { std::ofstream(folder_ / name) << "bytes"; }

  std::set<std::string> names() {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) out.insert(entry.path().filename());
    return out;
  }

  base::SystemRandom random_;
  base::SystemFiles files_;
  std::filesystem::path folder_;
};

using Names = std::set<std::string>;

Manifest manifest_of(std::vector<ManifestFile> live, std::vector<ManifestFile> obsolete) {
  return {std::move(live), std::move(obsolete), model::kNoPosition, 100};
}

TEST_F(ManifestTest, reads_back_what_was_written) {
  auto database = open_database(folder_, random_, {});
  ASSERT_TRUE(database.has_value());
  sqlite::Connection* const connection = &database->connection;
  const auto write = [&](const ManifestChange& change) {
    auto transaction = sqlite::Transaction::begin(*connection);
    ASSERT_TRUE(write_manifest(*connection, change));
    ASSERT_TRUE(transaction->commit());
  };
  write({{{1, FileKind::kSegment, 10, 1'000}, {2, FileKind::kSids, 10, 500}}, {}, model::Position{10}});
  write({{{5, FileKind::kSegment, 20, 2'000}}, {1}, {}});
  const auto manifest = read_manifest(*connection);
  ASSERT_TRUE(manifest.has_value());
  ASSERT_EQ(manifest->live.size(), 2U);
  EXPECT_EQ(manifest->live[0].number, 2U);
  EXPECT_EQ(manifest->live[0].kind, FileKind::kSids);
  EXPECT_EQ(manifest->live[1].rows, 20U);
  EXPECT_EQ(manifest->live[1].bytes, 2'000U);
  ASSERT_EQ(manifest->obsolete.size(), 1U);
  EXPECT_EQ(manifest->obsolete[0].number, 1U);
  EXPECT_EQ(manifest->sealed_through, model::Position{10});
  EXPECT_EQ(manifest->next_number, 6U);
  ASSERT_TRUE(forget_files(*connection, {1, 2}));
  const auto later = read_manifest(*connection);
  EXPECT_TRUE(later->obsolete.empty());
  EXPECT_EQ(later->live.size(), 2U) << "only an obsolete file is forgotten";
}

TEST_F(ManifestTest, tidying_finishes_or_removes_what_a_crash_left) {
  const auto manifest =
      manifest_of({{1, FileKind::kSegment, 1, 1}, {2, FileKind::kSegment, 1, 1}, {3, FileKind::kSids, 1, 1}},
                  {{4, FileKind::kSegment, 1, 1}});
  for (const char* name :
       {"000001.seg", "000002.seg.new", "000003.sid", "000003.sid.new", "000004.seg", "000009.seg.new", "notes.txt"}) {
    write(name);
  }
  ASSERT_TRUE(tidy_folder(files_, folder_, manifest));
  EXPECT_EQ(names(), (Names{"000001.seg", "000002.seg", "000003.sid", "notes.txt"}));
}

TEST_F(ManifestTest, a_file_that_is_missing_or_unknown_is_named_and_nothing_is_touched) {
  const auto manifest = manifest_of({{1, FileKind::kSegment, 1, 1}}, {{4, FileKind::kSegment, 1, 1}});
  write("000004.seg");
  const auto missing = tidy_folder(files_, folder_, manifest);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(missing.error().message().find("000001.seg is missing"), std::string::npos);
  write("000001.seg");
  write("000077.seg");
  const auto unknown = tidy_folder(files_, folder_, manifest);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(unknown.error().message().find("000077.seg is unknown"), std::string::npos);
  EXPECT_EQ(names(), (Names{"000001.seg", "000004.seg", "000077.seg"}));
}

TEST(FileNameTest, has_the_number_and_the_kind) {
  EXPECT_EQ(file_name(41, FileKind::kSegment), "000041.seg");
  EXPECT_EQ(file_name(1'234'567, FileKind::kSids), "1234567.sid");
}

}  // namespace
}  // namespace waybill::store
