#include "store/local/sid_rescue.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file_system.h"
#include "segment/testing/rows.h"

namespace waybill::store {
namespace {

constexpr std::uint64_t kStore = 5;
constexpr std::uint64_t kKey = 77;

// A segment and the sid file of its events, of which a page is damaged.
class SidRescueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "waybill_rescue_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    write_segment();
    write_sids();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write_segment() {
    segment::testing::RowsShape shape;
    shape.rows = 300;
    rows_ = segment::testing::random_rows(shape, 3);
    auto writer = segment::Writer::create(files_, folder_ / "1.seg", {kStore, 1, {}});
    ASSERT_TRUE(writer.has_value());
    for (const auto& row : rows_) ASSERT_TRUE((*writer)->add(row.view()));
    ASSERT_TRUE((*writer)->finish({}));
    segments_ = {segment::Segment::open(folder_ / "1.seg", kStore).value()};
  }

  void write_sids() {
    std::vector<segment::SidEntry> entries;
    entries.reserve(rows_.size());
    for (const auto& row : rows_) entries.push_back({hash_of(row), row.key.time});
    std::sort(entries.begin(), entries.end());
    const auto path = folder_ / "2.sid";
    ASSERT_TRUE(segment::write_sid_file(files_, path, {kStore, 2, {}}, entries));
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(100).put('?');
    file_ = segment::SidFile::open(path, kStore).value();
  }

  static std::uint64_t hash_of(const segment::testing::OwnedRow& row) {
    return segment::sid_hash(row.workspace, row.sid, kKey);
  }

  base::SystemFiles files_;
  std::filesystem::path folder_;
  std::vector<segment::testing::OwnedRow> rows_;
  Segments segments_;
  std::shared_ptr<const segment::SidFile> file_;
};

TEST_F(SidRescueTest, knows_after_a_look_what_the_file_held) {
  SidRescue rescue;
  std::vector<base::WallTime> times;
  EXPECT_FALSE(rescue.find(*file_, hash_of(rows_[0]), times).value()) << "nobody has looked";
  ASSERT_TRUE(rescue.look(*file_, hash_of(rows_[0]), segments_, kKey));
  for (const auto& row : rows_) {
    times.clear();
    EXPECT_TRUE(rescue.find(*file_, hash_of(row), times).value());
    EXPECT_NE(std::find(times.begin(), times.end(), row.key.time), times.end());
  }
  rescue.forget(2);
  EXPECT_FALSE(rescue.find(*file_, hash_of(rows_[0]), times).value());
}

TEST_F(SidRescueTest, remembers_that_it_is_too_much) {
  SidRescue rescue(10);
  std::vector<base::WallTime> times;
  ASSERT_TRUE(rescue.look(*file_, hash_of(rows_[0]), segments_, kKey));
  // A second look would see that there is nothing.
  for (const auto& row : rows_) ASSERT_TRUE(rescue.look(*file_, hash_of(row), {}, kKey));
  for (const auto& row : rows_) {
    const auto found = rescue.find(*file_, hash_of(row), times);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code(), base::ErrorCode::kBusy);
  }
  EXPECT_TRUE(times.empty());
}

}  // namespace
}  // namespace waybill::store
