#include "transfer/day_split.h"

#include <fstream>

#include <gtest/gtest.h>

#include "transfer/testing/pages.h"

namespace waybill::transfer {
namespace {

using namespace std::chrono_literals;
using testing::ListInMemory;
using Names = std::vector<std::string>;

class DaySplitTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path folder() const { return folder_.path() / "days"; }

  std::unique_ptr<DaySplit> open(DaySplit::Begin begin) {
    auto sink = DaySplit::open(files_, folder(), request_, begin);
    EXPECT_TRUE(sink.has_value()) << sink.error().message();
    return sink ? *std::move(sink) : nullptr;
  }

  // The events of all days, by the manifest.
  [[nodiscard]] std::string all_events() const {
    const auto manifest = read_manifest(folder());
    if (!manifest) return manifest.error().message();
    EXPECT_TRUE(manifest->complete);
    std::string out;
    for (const DayFile& day : manifest->days) {
      EXPECT_TRUE(check_day_file(folder(), day).has_value());
      out += testing::events_of_file(folder() / day.file);
    }
    return out;
  }

  base::SystemFiles files_;
  testing::TemporaryFolder folder_;
  ExportRequest request_{"WS1", {}, Order::kOldestFirst, "me", {FileFormat::kNdjson, Compression::kZstd, {}}};
};

std::string numbers_below(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "{\"event\":" + std::to_string(i) + "}\n";
  return out;
}

TEST_F(DaySplitTest, each_day_has_a_file_and_the_manifest_tells_what_is_in_it) {
  ListInMemory list(100, 1h, 7);
  ASSERT_TRUE(list.walk_all(*open(DaySplit::Begin::kAnew)).has_value());
  EXPECT_EQ(testing::names_in(folder()),
            (Names{"2026-03-02.ndjson.zst", "2026-03-03.ndjson.zst", "2026-03-04.ndjson.zst", "2026-03-05.ndjson.zst",
                   "2026-03-06.ndjson.zst", "manifest.json"}));
  EXPECT_EQ(all_events(), numbers_below(100));
  const auto manifest = read_manifest(folder());
  ASSERT_TRUE(manifest.has_value());
  EXPECT_EQ(manifest->days[0].counts.events, 16U);
  EXPECT_EQ(manifest->days[1].counts.events, 24U);
  EXPECT_EQ(to_text(manifest->days[4].day), "2026-03-06");
  EXPECT_EQ(manifest->request, request_);
}

TEST_F(DaySplitTest, one_that_was_cut_off_anywhere_keeps_its_days_and_goes_on) {
  for (const Order order : {Order::kOldestFirst, Order::kNewestFirst}) {
    request_.order = order;
    for (std::size_t pages = 0; pages <= 15; ++pages) {
      std::filesystem::remove_all(folder());
      ListInMemory list(100, 1h, 7, order);
      {
        const auto sink = open(DaySplit::Begin::kAnew);
        ASSERT_TRUE(sink->next_walk().has_value());
        ASSERT_TRUE(list.walk("", *sink, pages).has_value());
      }
      const auto sink = open(DaySplit::Begin::kResume);
      list.pages_read = 0;
      ASSERT_TRUE(list.walk_all(*sink).has_value());
      EXPECT_EQ(all_events(), numbers_below(100)) << pages;
      EXPECT_LE(list.pages_read + 7 * sink->days_kept() / 24, 16U) << pages;
      EXPECT_EQ(testing::names_in(folder()).size(), 6U);
    }
  }
}

TEST_F(DaySplitTest, a_day_that_was_damaged_or_lost_comes_again_and_no_other) {
  for (const Order order : {Order::kOldestFirst, Order::kNewestFirst}) {
    request_.order = order;
    std::filesystem::remove_all(folder());
    ListInMemory list(100, 1h, 7, order);
    ASSERT_TRUE(list.walk_all(*open(DaySplit::Begin::kAnew)).has_value());
    std::ofstream(folder() / "2026-03-04.ndjson.zst", std::ios::app) << "x";
    std::filesystem::remove(folder() / "2026-03-05.ndjson.zst");
    const auto sink = open(DaySplit::Begin::kResume);
    EXPECT_EQ(sink->days_kept(), 3U);
    list.pages_read = 0;
    ASSERT_TRUE(list.walk_all(*sink).has_value());
    EXPECT_EQ(all_events(), numbers_below(100));
    EXPECT_LT(list.pages_read, 13U);
  }
}

TEST_F(DaySplitTest, where_the_first_page_cannot_be_asked_for_again_everything_comes_anew) {
  ListInMemory list(100, 1h, 7);
  ASSERT_TRUE(list.walk_all(*open(DaySplit::Begin::kAnew)).has_value());
  std::filesystem::remove(folder() / "2026-03-02.ndjson.zst");
  const auto sink = open(DaySplit::Begin::kResume);
  EXPECT_EQ(sink->days_kept(), 0U);
  ASSERT_TRUE(list.walk_all(*sink).has_value());
  EXPECT_EQ(all_events(), numbers_below(100));
}

TEST_F(DaySplitTest, a_whole_one_has_nothing_to_go_on_with) {
  ListInMemory list(100, 1h, 7);
  ASSERT_TRUE(list.walk_all(*open(DaySplit::Begin::kAnew)).has_value());
  const auto sink = open(DaySplit::Begin::kResume);
  list.pages_read = 0;
  ASSERT_TRUE(list.walk_all(*sink).has_value());
  EXPECT_EQ(list.pages_read, 0U);
  EXPECT_EQ(all_events(), numbers_below(100));
}

TEST_F(DaySplitTest, an_export_that_is_there_is_not_written_over) {
  ListInMemory list(10, 1h, 7);
  ASSERT_TRUE(list.walk_all(*open(DaySplit::Begin::kAnew)).has_value());
  const auto anew = DaySplit::open(files_, folder(), request_, DaySplit::Begin::kAnew);
  ASSERT_FALSE(anew.has_value());
  EXPECT_EQ(anew.error().code(), base::ErrorCode::kConflict);
  EXPECT_NE(anew.error().message().find("manifest.json is there already"), std::string::npos);
  request_.form.compression = Compression::kNone;
  const auto other = DaySplit::open(files_, folder(), request_, DaySplit::Begin::kResume);
  ASSERT_FALSE(other.has_value());
  EXPECT_NE(other.error().message().find("it was begun with files '.ndjson.zst', not '.ndjson'"), std::string::npos);
}

TEST_F(DaySplitTest, giving_up_leaves_whole_days_only) {
  ListInMemory list(100, 1h, 7);
  const auto sink = open(DaySplit::Begin::kAnew);
  ASSERT_TRUE(sink->next_walk().has_value());
  ASSERT_TRUE(list.walk("", *sink, 4).has_value());
  sink->give_up();
  EXPECT_TRUE(sink->can_be_resumed());
  EXPECT_EQ(testing::names_in(folder()), (Names{"2026-03-02.ndjson.zst", "manifest.json"}));
}

TEST_F(DaySplitTest, no_events_are_a_manifest_without_days) {
  ListInMemory list(0, 1h, 7);
  ASSERT_TRUE(list.walk_all(*open(DaySplit::Begin::kAnew)).has_value());
  EXPECT_EQ(testing::names_in(folder()), Names{"manifest.json"});
  EXPECT_EQ(all_events(), "");
}

}  // namespace
}  // namespace waybill::transfer
