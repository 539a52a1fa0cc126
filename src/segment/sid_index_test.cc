#include "segment/sid_index.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/file_system.h"
#include "base/random.h"

namespace waybill::segment {
namespace {

TEST(SidIndex, finds_in_all_its_files) {
  std::string folder = testing::TempDir() + "waybill_sids_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  base::SystemFiles files;
  std::vector<std::shared_ptr<const SidFile>> opened;
  const std::vector<std::vector<SidEntry>> contents = {
      {{1, base::from_ms(10)}, {2, base::from_ms(20)}}, {}, {{2, base::from_ms(21)}, {2, base::from_ms(22)}}};
  for (std::uint64_t number = 0; number < contents.size(); ++number) {
    const std::filesystem::path path = folder + "/" + std::to_string(number);
    ASSERT_TRUE(write_sid_file(files, path, {1, number, {}}, contents[number]));
    opened.push_back(SidFile::open(path, 1).value());
  }
  const SidIndex index(opened);
  EXPECT_EQ(index.entries(), 4U);
  for (const auto& [hash, expected] : std::vector<std::pair<std::uint64_t, std::vector<std::int64_t>>>{
           {0, {}}, {1, {10}}, {2, {20, 21, 22}}, {3, {}}}) {
    std::vector<base::WallTime> times;
    std::vector<std::shared_ptr<const SidFile>> damaged;
    ASSERT_TRUE(index.find(hash, times, damaged));
    ASSERT_TRUE(damaged.empty());
    std::sort(times.begin(), times.end());
    ASSERT_EQ(times.size(), expected.size()) << hash;
    for (std::size_t i = 0; i < times.size(); ++i) EXPECT_EQ(base::to_ms(times[i]), expected[i]) << hash;
  }
  EXPECT_EQ(SidIndex().entries(), 0U);
  std::filesystem::remove_all(folder);
}

struct Choice {
  std::vector<std::uint64_t> entries;
  std::optional<SidFileRange> chosen;
};

TEST(ChooseSidMerge, takes_four_or_more_neighbours_of_one_size_the_smallest_first) {
  const Choice cases[] = {
      {{}, std::nullopt},
      {{130'000}, std::nullopt},
      {{130'000, 130'000, 130'000}, std::nullopt},
      {{130'000, 130'000, 130'000, 130'000}, SidFileRange{0, 4}},
      {{70'000, 250'000, 66'000, 131'072}, SidFileRange{0, 4}},
      {{520'000, 130'000, 130'000, 130'000}, std::nullopt},
      {{520'000, 130'000, 130'000, 130'000, 130'000}, SidFileRange{1, 4}},
      {{520'000, 520'000, 520'000, 520'000, 130'000}, SidFileRange{0, 4}},
      {{520'000, 520'000, 520'000, 520'000, 130'000, 130'000, 130'000, 130'000}, SidFileRange{4, 4}},
      // A small file among larger ones goes with them.
      {{130'000, 10, 130'000, 130'000}, SidFileRange{0, 4}},
      {{130'000, 130'000, 130'000, 10}, std::nullopt},
      {{1, 2, 3, 0}, SidFileRange{0, 4}},
      {{0, 0, 0, 0}, SidFileRange{0, 4}},
      // Many at once, as a store finds them that was not merged for a while.
      {std::vector<std::uint64_t>(100, 5'000), SidFileRange{0, kSidMergeFilesMax}},
      {{~0ULL, ~0ULL, ~0ULL, ~0ULL}, std::nullopt},
  };
  for (const Choice& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c.entries));
    EXPECT_EQ(choose_sid_merge(c.entries), c.chosen);
  }
}

// The files of a store in which every merge that is due happens at once.
struct Simulation {
  void add(std::uint64_t entries) {
    files.push_back(entries);
    written += entries;
    added += entries;
    files_max = std::max(files_max, files.size());
    while (const auto chosen = choose_sid_merge(files)) {
      const auto first = files.begin() + static_cast<std::ptrdiff_t>(chosen->first);
      const auto last = first + static_cast<std::ptrdiff_t>(chosen->count);
      *first = std::accumulate(first, last, std::uint64_t{0});
      written += *first;
      files.erase(first + 1, last);
    }
  }
  [[nodiscard]] double amplification() const { return static_cast<double>(written) / static_cast<double>(added); }

  std::vector<std::uint64_t> files;
  std::uint64_t written = 0;
  std::uint64_t added = 0;
  std::size_t files_max = 0;
};

struct Sizes {
  std::uint64_t low;
  std::uint64_t high;
  std::size_t files_max;
  double amplification_max;
};

TEST(ChooseSidMerge, takes_no_more_than_one_file_has_room_for) {
  constexpr std::uint64_t kThird = kSidEntriesMax / 3;
  const std::vector<std::uint64_t> many(8, kThird);
  EXPECT_EQ(choose_sid_merge(many), (SidFileRange{0, 3}));
  const std::vector<std::uint64_t> full(8, kSidEntriesMax - 1);
  EXPECT_EQ(choose_sid_merge(full), std::nullopt);
  const std::vector<std::uint64_t> small_behind = {
      kSidEntriesMax, kSidEntriesMax, kSidEntriesMax, kSidEntriesMax, 5, 5, 5, 5};
  EXPECT_EQ(choose_sid_merge(small_behind), (SidFileRange{4, 4}));
}

// 1,000 files, so log4 is just below 5: five rewritings behind the first writing, and five sizes of three files each.
TEST(ChooseSidMerge, a_thousand_files_of_like_size_stay_fifteen_and_are_rewritten_five_times) {
  const Sizes cases[] = {
      {130'000, 130'000, 15, 6.0},
      {100'000, 200'000, 15, 6.0},
      {120'000, 140'000, 15, 6.0},
  };
  for (const Sizes& c : cases) {
    base::SeededRandom random(c.low);
    Simulation simulation;
    for (int i = 0; i < 1'000; ++i) {
      simulation.add(static_cast<std::uint64_t>(
          random.between(static_cast<std::int64_t>(c.low), static_cast<std::int64_t>(c.high))));
    }
    EXPECT_LE(simulation.files_max, c.files_max) << c.low << " to " << c.high;
    EXPECT_LE(simulation.amplification(), c.amplification_max) << c.low << " to " << c.high;
  }
}

TEST(ChooseSidMerge, whatever_the_sizes_three_files_are_left_for_each_power_of_four) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    base::SeededRandom random(seed);
    Simulation simulation;
    for (int i = 0; i < 1'000; ++i) {
      simulation.add(random.below(std::uint64_t{2} << random.below(20)));
      // Sizes of 0 to 2^20 and their sums: eleven classes up to 2^22, four above for the sum of a thousand.
      ASSERT_LE(simulation.files.size(), 3U * 16U);
    }
    EXPECT_LE(simulation.amplification(), 12.0);
  }
}

}  // namespace
}  // namespace waybill::segment
