#include "store/local/merge_plan.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/time_text.h"

namespace waybill::store {
namespace {

constexpr std::uint64_t kRowsMax = 1'000;
constexpr std::int64_t kHour = 3'600'000;

SegmentSpan span(std::uint64_t rows, std::int64_t first_hour, std::int64_t last_hour) {
  return {rows, {base::from_ms(first_hour * kHour)}, {base::from_ms(last_hour * kHour)}};
}

using Indexes = std::vector<std::size_t>;

TEST(ChooseMergeTest, joins_small_segments_in_time_when_a_handful_wait) {
  std::vector<SegmentSpan> segments;
  for (std::int64_t i = 0; i < 7; ++i) {
    segments.push_back(span(100, i, i));
    EXPECT_EQ(choose_merge(segments, kRowsMax), Indexes{}) << i;
  }
  segments.push_back(span(100, 7, 7));
  EXPECT_EQ(choose_merge(segments, kRowsMax), (Indexes{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(ChooseMergeTest, joins_fewer_when_together_they_are_full) {
  const std::vector<SegmentSpan> segments = {span(400, 0, 1), span(400, 1, 2), span(400, 2, 3)};
  EXPECT_EQ(choose_merge(segments, kRowsMax), (Indexes{0, 1}));
}

// They would be written as they are, and chosen again for ever.
TEST(ChooseMergeTest, does_not_join_what_a_gap_would_cut_again) {
  const std::vector<SegmentSpan> apart = {span(400, 0, 1), span(400, 11, 12), span(450, 30, 31), span(450, 60, 61)};
  EXPECT_EQ(choose_merge(apart, kRowsMax), Indexes{});
  const std::vector<SegmentSpan> next = {span(400, 0, 1), span(400, 11, 12), span(450, 12, 13), span(450, 13, 14)};
  EXPECT_EQ(choose_merge(next, kRowsMax), (Indexes{1, 2}));
}

TEST(ChooseMergeTest, leaves_large_segments_alone) {
  std::vector<SegmentSpan> segments;
  for (std::int64_t i = 0; i < 100; ++i) segments.push_back(span(i % 2 == 0 ? kRowsMax : 501, 2 * i, 2 * i + 1));
  EXPECT_EQ(choose_merge(segments, kRowsMax), Indexes{});
}

TEST(ChooseMergeTest, segments_that_share_a_moment_but_no_key_do_not_overlap) {
  std::vector<SegmentSpan> segments;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const base::WallTime time = base::from_ms(kHour);
    segments.push_back({kRowsMax, {time, model::Position{i * 10}}, {time, model::Position{i * 10 + 9}}});
  }
  EXPECT_EQ(choose_merge(segments, kRowsMax), Indexes{});
}

TEST(ChooseMergeTest, merges_the_smallest_of_too_many_that_hold_one_moment) {
  std::vector<SegmentSpan> segments;
  for (std::int64_t i = 0; i < 6; ++i) segments.push_back(span(1'000, i, 100));
  EXPECT_EQ(choose_merge(segments, kRowsMax), Indexes{});
  segments.push_back(span(600, 6, 100));
  EXPECT_EQ(choose_merge(segments, kRowsMax), (Indexes{6, 0, 1, 2}));
}

TEST(ChooseMergeTest, takes_a_bounded_number_of_files_at_once) {
  std::vector<SegmentSpan> segments;
  for (std::int64_t i = 0; i < 500; ++i) segments.push_back(span(1, i, 1'000));
  EXPECT_EQ(choose_merge(segments, kRowsMax).size(), 7U) << "as soon as there are too many";
  segments.clear();
  for (std::int64_t i = 0; i < 500; ++i) segments.push_back(span(1, 0, 1'000));
  EXPECT_LE(choose_merge(segments, kRowsMax).size(), kMergeFilesMax);
}

// Years that come in any order: merging goes on until nothing is to do, and then few segments hold any moment.
TEST(ChooseMergeTest, ends_and_leaves_few_segments_and_little_overlap) {
  base::SeededRandom random(20'261'125);
  std::vector<SegmentSpan> segments;
  std::uint64_t rewritten = 0;
  std::uint64_t rows_in = 0;
  for (int arrival = 0; arrival < 400; ++arrival) {
    const std::int64_t first = random.between(0, 8'760);
    segments.push_back(span(125, first, first + (random.chance(0.2) ? 2'000 : 10)));
    rows_in += 125;
    for (;;) {
      std::sort(segments.begin(), segments.end(),
                [](const SegmentSpan& a, const SegmentSpan& b) { return a.first < b.first; });
      const Indexes chosen = choose_merge(segments, kRowsMax);
      if (chosen.empty()) break;
      ASSERT_GE(chosen.size(), 2U);
      SegmentSpan merged{0, {base::kTimeMax}, {base::kTimeMin}};
      for (const std::size_t index : chosen) {
        merged.rows += segments[index].rows;
        merged.first = std::min(merged.first, segments[index].first);
        merged.last = std::max(merged.last, segments[index].last);
      }
      rewritten += merged.rows;
      std::vector<SegmentSpan> next;
      for (std::size_t i = 0; i < segments.size(); ++i) {
        if (std::find(chosen.begin(), chosen.end(), i) == chosen.end()) next.push_back(segments[i]);
      }
      const auto pieces = static_cast<std::int64_t>((merged.rows + kRowsMax - 1) / kRowsMax);
      const auto width = (merged.last.time - merged.first.time) / pieces;
      for (std::int64_t i = 0; i < pieces; ++i) {
        next.push_back({merged.rows / static_cast<std::uint64_t>(pieces),
                        {merged.first.time + i * width},
                        {merged.first.time + (i + 1) * width - std::chrono::milliseconds(1)}});
      }
      segments = std::move(next);
    }
  }
  EXPECT_LT(segments.size(), 150U);
  EXPECT_LT(rewritten, 12 * rows_in);
}

std::vector<model::SortKey> keys_at(const std::vector<std::int64_t>& hours) {
  std::vector<model::SortKey> keys;
  for (const std::int64_t hour : hours) keys.push_back({base::from_ms(hour * kHour), model::Position{keys.size() + 1}});
  return keys;
}

TEST(PlanCutsTest, cuts_by_number_and_at_large_gaps) {
  std::vector<std::int64_t> steady;
  for (std::int64_t i = 0; i < 100; ++i) steady.push_back(i);
  const struct {
    std::string name;
    std::vector<std::int64_t> hours;
    std::uint64_t rows_max;
    std::vector<std::size_t> want;  // the first keys of files
  } cases[] = {
      {"nothing", {}, 10, {}},
      {"one key", {5}, 10, {}},
      {"what fits stays together", steady, 100, {}},
      {"what does not is cut evenly", steady, 60, {50}},
      {"and into as many as it takes", steady, 25, {25, 50, 75}},
      {"a few from long ago are a file of their own", {0, 1, 9'000, 9'001, 9'002}, 100, {2}},
      {"short gaps are none", {0, 0, 0}, 100, {}},
      {"a gap that is small beside the whole is none", {0, 10, 20, 31, 40, 50}, 100, {}},
      {"each large gap is a cut", {0, 100, 101, 200, 201, 300}, 100, {1, 3, 5}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto keys = keys_at(c.hours);
    std::vector<model::SortKey> want;
    for (const std::size_t index : c.want) want.push_back(keys[index]);
    EXPECT_EQ(plan_cuts(keys, 1, c.rows_max), want);
  }
}

TEST(PlanCutsTest, a_stride_stands_for_more_rows) {
  std::vector<std::int64_t> hours;
  for (std::int64_t i = 0; i < 10; ++i) hours.push_back(i);
  const auto keys = keys_at(hours);
  EXPECT_EQ(plan_cuts(keys, 10, 50), std::vector<model::SortKey>{keys[5]});
}

}  // namespace
}  // namespace waybill::store
