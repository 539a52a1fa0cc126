#include "segment/repair_plan.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::segment {
namespace {

constexpr FileFate kLive = FileFate::kLive;
constexpr FileFate kObsolete = FileFate::kObsolete;
constexpr FileFate kConflict = FileFate::kConflict;

struct Expected {
  FileFate fate;
  std::string_view reason;
};

struct NumberedFile {
  std::uint64_t number;
  std::vector<std::uint64_t> replaces;
  bool is_whole;
  Expected expected;
};

struct Case {
  std::string_view name;
  std::vector<NumberedFile> files;
};

const Case kByNumbers[] = {
    {"an empty folder", {}},
    {"files that nothing replaces", {{1, {}, true, {kLive, ""}}, {2, {}, true, {kLive, ""}}}},
    {"a merged file and its inputs",
     {{1, {}, true, {kObsolete, "what it holds is in file 3"}},
      {2, {}, true, {kObsolete, "what it holds is in file 3"}},
      {3, {1, 2}, true, {kLive, ""}},
      {4, {}, true, {kLive, ""}}}},
    {"a merged file that is missing, with its inputs", {{1, {}, true, {kLive, ""}}, {2, {}, true, {kLive, ""}}}},
    {"a merged file without its inputs", {{3, {1, 2}, true, {kLive, ""}}}},
    {"a merged file and one of its inputs",
     {{3, {1, 2}, true, {kLive, ""}}, {2, {}, true, {kObsolete, "what it holds is in file 3"}}}},
    {"a chain of merges, all there",
     {{1, {}, true, {kObsolete, "what it holds is in file 5"}},
      {2, {}, true, {kObsolete, "what it holds is in file 5"}},
      {5, {1, 2}, true, {kObsolete, "what it holds is in file 9"}},
      {6, {}, true, {kObsolete, "what it holds is in file 9"}},
      {9, {5, 6}, true, {kLive, ""}}}},
    {"a chain of merges, the last missing",
     {{5, {1, 2}, true, {kLive, ""}},
      {1, {}, true, {kObsolete, "what it holds is in file 5"}},
      {6, {}, true, {kLive, ""}}}},
    {"a chain of merges, only its ends",
     {{9, {5, 6}, true, {kLive, ""}}, {6, {3, 4}, true, {kObsolete, "what it holds is in file 9"}}}},
    {"a file written anew without its erased events",
     {{4, {}, true, {kObsolete, "what it holds is in file 7"}}, {7, {4}, true, {kLive, ""}}}},
    {"two merges of the same files",
     {{1, {}, true, {kObsolete, "what it holds is in file 4"}},
      {4, {1, 2}, true, {kObsolete, "what it holds is in file 5"}},
      {5, {1, 2}, true, {kLive, ""}}}},
    {"a merge that was begun again with more",
     {{4, {1, 2}, true, {kObsolete, "what it holds is in file 5"}}, {5, {1, 2, 3}, true, {kLive, ""}}}},
    {"a newer file made of one of two that an older merge has",
     {{4, {1, 2}, true, {kConflict, "it holds events that file 5 holds too"}},
      {5, {1}, true, {kConflict, "it holds events that file 4 holds too"}}}},
    {"merges that share an input",
     {{4, {1, 2}, true, {kConflict, "it holds events that file 5 holds too"}},
      {5, {2, 3}, true, {kConflict, "it holds events that file 4 holds too"}},
      {1, {}, true, {kConflict, "what it holds is in file 4, but those conflict"}},
      {6, {}, true, {kLive, ""}}}},
    {"two files with one number",
     {{1, {}, true, {kConflict, "another file has the same number, 1"}},
      {1, {}, true, {kConflict, "another file has the same number, 1"}},
      {2, {}, true, {kLive, ""}}}},
    {"a merge of a number that two files have",
     {{1, {}, true, {kConflict, "another file has the same number, 1"}},
      {1, {}, true, {kConflict, "another file has the same number, 1"}},
      {3, {1, 2}, true, {kLive, ""}},
      {2, {}, true, {kObsolete, "what it holds is in file 3"}}}},
    {"a file that replaces itself, or a newer one",
     {{3, {3}, true, {kConflict, "it says that it replaces file 3, which is no older one"}},
      {4, {2, 5}, true, {kConflict, "it says that it replaces file 5, which is no older one"}},
      {2, {}, true, {kLive, ""}}}},
    {"a damaged file with nothing else",
     {{1, {}, false, {kConflict, "it is damaged, and no other file holds its events"}}, {2, {}, true, {kLive, ""}}}},
    {"a damaged merge with all its inputs",
     {{1, {}, true, {kLive, ""}},
      {2, {}, true, {kLive, ""}},
      {3, {1, 2}, false, {kObsolete, "it is damaged, and whole files hold what it held"}}}},
    {"a damaged merge without one of its inputs",
     {{1, {}, true, {kLive, ""}},
      {3, {1, 2}, false, {kConflict, "it is damaged, and no whole file holds the events of file 2"}}}},
    {"a damaged merge with a damaged input",
     {{1, {}, true, {kLive, ""}},
      {2, {}, false, {kConflict, "it is damaged, and no other file holds its events"}},
      {3, {1, 2}, false, {kConflict, "it is damaged, and no whole file holds the events of file 2"}}}},
    {"a damaged input of a merge",
     {{1, {}, false, {kObsolete, "what it holds is in file 3"}}, {3, {1, 2}, true, {kLive, ""}}}},
    {"a damaged merge in a chain, with its inputs",
     {{9, {5, 6}, false, {kObsolete, "it is damaged, and whole files hold what it held"}},
      {5, {1, 2}, true, {kLive, ""}},
      {6, {}, true, {kLive, ""}},
      {2, {}, true, {kObsolete, "what it holds is in file 5"}}}},
    {"a damaged merge in a chain, with the inputs of its input",
     {{9, {5, 6}, false, {kObsolete, "it is damaged, and whole files hold what it held"}},
      {5, {1, 2}, false, {kObsolete, "it is damaged, and whole files hold what it held"}},
      {1, {}, true, {kLive, ""}},
      {2, {}, true, {kLive, ""}},
      {6, {}, true, {kLive, ""}}}},
};

void expect(const FileDecision& decision, const Expected& expected) {
  EXPECT_EQ(decision.fate, expected.fate) << decision.reason;
  EXPECT_EQ(decision.reason, expected.reason);
}

// Segments far apart, so that positions tell nothing.
TEST(RepairPlan, decides_segments_by_what_they_replace) {
  for (const Case& c : kByNumbers) {
    SCOPED_TRACE(c.name);
    std::vector<FoundSegment> found;
    for (const NumberedFile& file : c.files) {
      const std::uint64_t begin = found.size() * 1'000;
      found.push_back(
          {file.number, file.replaces, file.is_whole, model::Position{begin}, model::Position{begin + 9}, 5});
    }
    const RepairPlan plan = plan_repair(found, {});
    ASSERT_EQ(plan.segments.size(), c.files.size());
    for (std::size_t i = 0; i < c.files.size(); ++i) {
      SCOPED_TRACE(c.files[i].number);
      expect(plan.segments[i], c.files[i].expected);
    }
  }
}

TEST(RepairPlan, decides_sid_files_by_the_same_rules) {
  for (const Case& c : kByNumbers) {
    SCOPED_TRACE(c.name);
    std::vector<FoundSidFile> found;
    for (const NumberedFile& file : c.files) found.push_back({file.number, file.replaces, file.is_whole, 5});
    const RepairPlan plan = plan_repair({}, found);
    ASSERT_EQ(plan.sid_files.size(), c.files.size());
    bool conflicts = false;
    for (std::size_t i = 0; i < c.files.size(); ++i) {
      SCOPED_TRACE(c.files[i].number);
      expect(plan.sid_files[i], c.files[i].expected);
      conflicts = conflicts || c.files[i].expected.fate == kConflict;
    }
    EXPECT_EQ(plan.must_rebuild_sids, conflicts);
  }
}

TEST(RepairPlan, takes_segments_and_sid_files_of_one_number_for_different_files) {
  const std::vector<FoundSegment> segments = {{1, {}, true, model::Position{1}, model::Position{5}, 5}};
  const std::vector<FoundSidFile> sid_files = {{1, {}, true, 5}, {2, {1}, true, 5}};
  const RepairPlan plan = plan_repair(segments, sid_files);
  expect(plan.segments[0], {kLive, ""});
  expect(plan.sid_files[0], {kObsolete, "what it holds is in file 2"});
  expect(plan.sid_files[1], {kLive, ""});
  EXPECT_FALSE(plan.must_rebuild_sids);
}

struct Placed {
  std::uint64_t from;
  std::uint64_t to;
  std::uint32_t rows;
  FileFate fate;
};

TEST(RepairPlan, finds_events_that_stand_twice_by_their_positions) {
  const std::vector<Placed> cases[] = {
      // One behind the other, with and without gaps; interleaved, as an import beside live events.
      {{1, 10, 10, kLive}, {11, 20, 10, kLive}, {30, 40, 5, kLive}},
      {{1, 20, 12, kLive}, {2, 19, 8, kLive}},
      {{1, 20, 10, kLive}, {11, 30, 10, kLive}, {21, 40, 20, kLive}},
      {{5, 5, 1, kLive}},
      // What is left of a merge whose result was merged again and is gone.
      {{1, 20, 20, kConflict}, {3, 7, 5, kConflict}, {21, 40, 20, kLive}},
      {{1, 10, 10, kConflict}, {1, 10, 10, kConflict}, {11, 12, 2, kLive}},
      {{1, 20, 11, kConflict}, {2, 19, 10, kConflict}},
      // Overlapping only in part: neither is wrong by itself.
      {{1, 20, 20, kConflict}, {11, 30, 20, kConflict}, {31, 40, 10, kLive}},
      {{1, 5, 6, kConflict}, {1, 100, 10, kLive}},
      {{9, 5, 1, kConflict}, {20, 30, 11, kLive}},
  };
  for (const std::vector<Placed>& c : cases) {
    SCOPED_TRACE(&c - &cases[0]);
    std::vector<FoundSegment> found;
    for (const Placed& p : c) {
      found.push_back({found.size() + 1, {}, true, model::Position{p.from}, model::Position{p.to}, p.rows});
    }
    const RepairPlan plan = plan_repair(found, {});
    for (std::size_t i = 0; i < c.size(); ++i) EXPECT_EQ(plan.segments[i].fate, c[i].fate) << i;
  }
}

TEST(RepairPlan, gives_up_nothing_for_a_segment_whose_events_may_stand_twice) {
  const std::vector<FoundSegment> found = {{1, {}, true, model::Position{1}, model::Position{10}, 10},
                                           {2, {}, true, model::Position{11}, model::Position{20}, 10},
                                           {9, {5, 2}, true, model::Position{1}, model::Position{20}, 20}};
  const RepairPlan plan = plan_repair(found, {});
  constexpr std::string_view kCrowded = "the files with positions 1 to 20 have more rows than there are positions";
  expect(plan.segments[0], {kConflict, kCrowded});
  expect(plan.segments[1], {kConflict, "what it holds is in file 9, but those conflict"});
  expect(plan.segments[2], {kConflict, kCrowded});
}

TEST(RepairPlan, asks_for_new_sid_files_where_entries_are_missing) {
  const std::vector<FoundSegment> segments = {{1, {}, true, model::Position{1}, model::Position{5}, 5},
                                              {2, {1}, true, model::Position{1}, model::Position{5}, 4}};
  struct Sids {
    std::vector<FoundSidFile> files;
    bool must_rebuild;
  };
  const Sids cases[] = {
      {{}, true},
      {{{1, {}, true, 3}}, true},
      {{{1, {}, true, 4}}, false},
      {{{1, {}, true, 5}}, false},
      {{{1, {}, true, 3}, {2, {}, true, 1}}, false},
      {{{1, {}, true, 3}, {2, {1}, true, 3}}, true},
      {{{1, {}, false, 5}}, true},
  };
  for (const Sids& c : cases) {
    EXPECT_EQ(plan_repair(segments, c.files).must_rebuild_sids, c.must_rebuild) << &c - &cases[0];
  }
}

// A store that seals and merges, and removes what was replaced only when nothing older is left; then its manifest is
// lost at any time, with or without the last files.
TEST(RepairPlan, finds_the_files_of_a_store_at_any_time) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::SeededRandom random(seed);
    std::vector<FoundSegment> folder;
    std::vector<std::uint64_t> live;
    std::vector<std::uint64_t> removable;  // oldest first
    std::uint64_t number = 0;
    std::uint64_t position = 0;
    for (int step = 0; step < 40; ++step) {
      const std::uint64_t choice = random.below(4);
      if (choice == 3 && !removable.empty()) {
        const std::uint64_t gone = removable.front();
        removable.erase(removable.begin());
        std::erase_if(folder, [&](const FoundSegment& file) { return file.number == gone; });
      } else if (choice == 2 && live.size() >= 2) {
        const std::size_t count = 2 + random.below(live.size() - 1);
        FoundSegment merged{++number,
                            {live.begin(), live.begin() + static_cast<std::ptrdiff_t>(count)},
                            true,
                            model::Position{position},
                            model::Position{1},
                            0};
        for (const FoundSegment& file : folder) {
          if (std::find(merged.replaces.begin(), merged.replaces.end(), file.number) == merged.replaces.end()) continue;
          merged.position_min = std::min(merged.position_min, file.position_min);
          merged.position_max = std::max(merged.position_max, file.position_max);
          merged.rows += file.rows;
        }
        removable.insert(removable.end(), merged.replaces.begin(), merged.replaces.end());
        live.erase(live.begin(), live.begin() + static_cast<std::ptrdiff_t>(count));
        live.insert(live.begin(), number);
        folder.push_back(std::move(merged));
      } else {
        folder.push_back({++number, {}, true, model::Position{position + 1}, model::Position{position + 10}, 10});
        position += 10;
        live.push_back(number);
      }
      const RepairPlan plan = plan_repair(folder, {});
      for (std::size_t i = 0; i < folder.size(); ++i) {
        const bool is_live = std::find(live.begin(), live.end(), folder[i].number) != live.end();
        ASSERT_EQ(plan.segments[i].fate, is_live ? kLive : kObsolete)
            << "file " << folder[i].number << ", step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace waybill::segment
