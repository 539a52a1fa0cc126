#include "base/testing/unsynced_file.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace waybill::base::testing {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr int kCuts = 400;

// The contents that many power cuts leave of `file`.
std::set<std::string> cuts(const UnsyncedFile& file) {
  SeededRandom random(1);
  std::set<std::string> left;
  for (int i = 0; i < kCuts; ++i) left.insert(file.after_power_loss(random));
  return left;
}

std::string sectors(std::initializer_list<char> fills) {
  std::string out;
  for (const char fill : fills) out.append(kSector, fill);
  return out;
}

TEST(UnsyncedFile, what_was_synced_is_left_by_every_cut) {
  UnsyncedFile file("begun ");
  file.write(6, "and ended");
  file.truncate(9);
  file.sync();
  EXPECT_TRUE(file.is_safe());
  EXPECT_EQ(cuts(file), std::set<std::string>{"begun and"});
}

TEST(UnsyncedFile, what_was_not_synced_may_be_there_or_not) {
  UnsyncedFile file(sectors({'a'}));
  file.write(0, sectors({'b'}));
  EXPECT_FALSE(file.is_safe());
  EXPECT_EQ(cuts(file), (std::set<std::string>{sectors({'a'}), sectors({'b'})}));
}

TEST(UnsyncedFile, a_write_is_torn_between_sectors_and_nowhere_else) {
  UnsyncedFile file(sectors({'a', 'a'}));
  file.write(100, std::string(kSector, 'b'));
  std::string first = sectors({'a', 'a'});
  first.replace(100, kSector - 100, kSector - 100, 'b');
  std::string second = sectors({'a', 'a'});
  second.replace(kSector, 100, 100, 'b');
  std::string both = first;
  both.replace(kSector, 100, 100, 'b');
  EXPECT_EQ(cuts(file), (std::set<std::string>{sectors({'a', 'a'}), first, second, both}));
}

TEST(UnsyncedFile, writes_to_two_sectors_overtake_each_other) {
  UnsyncedFile file(sectors({'a', 'a'}));
  file.write(0, sectors({'b'}));
  file.write(kSector, sectors({'c'}));
  EXPECT_EQ(cuts(file), (std::set<std::string>{sectors({'a', 'a'}), sectors({'b', 'a'}), sectors({'a', 'c'}),
                                               sectors({'b', 'c'})}));
}

TEST(UnsyncedFile, writes_to_one_sector_keep_their_order) {
  UnsyncedFile file("aaaa");
  file.write(0, "b");
  file.write(1, "c");
  EXPECT_EQ(cuts(file), (std::set<std::string>{"aaaa", "baaa", "bcaa"}));
}

TEST(UnsyncedFile, a_file_may_have_grown_without_its_content) {
  UnsyncedFile file;
  file.write(0, "new");
  EXPECT_EQ(cuts(file), (std::set<std::string>{"", std::string(3, '\0'), "new"}));
}

TEST(UnsyncedFile, a_truncation_may_be_lost) {
  UnsyncedFile file("long");
  file.truncate(1);
  const auto left = cuts(file);
  EXPECT_TRUE(left.contains("long"));
  EXPECT_TRUE(left.contains("l"));
}

TEST(UnsyncedFile, a_sync_after_a_failed_one_saves_only_what_came_between) {
  UnsyncedFile file(sectors({'a', 'a'}));
  file.write(0, sectors({'b'}));
  file.fail_sync();
  file.write(kSector, sectors({'c'}));
  file.sync();
  EXPECT_EQ(cuts(file), (std::set<std::string>{sectors({'a', 'c'}), sectors({'b', 'c'})}));
}

TEST(UnsyncedFile, a_write_takes_along_what_a_failed_sync_left_in_its_sector) {
  UnsyncedFile file("aaaa");
  file.write(0, "b");
  file.fail_sync();
  file.write(1, "c");
  file.sync();
  EXPECT_EQ(cuts(file), std::set<std::string>{"bcaa"});
}

// Against a plain string, to which everything is done at once.
TEST(UnsyncedFile, a_synced_file_is_what_was_done_to_it) {
  SeededRandom random(7);
  for (int round = 0; round < 50; ++round) {
    UnsyncedFile file;
    std::string plain;
    for (int step = 0; step < 40; ++step) {
      const std::uint64_t at = random.below(3'000);
      const std::string bytes(1 + random.below(1'500), static_cast<char>('a' + random.below(26)));
      if (random.chance(0.2)) {
        file.truncate(at);
        plain.resize(at);
      } else {
        file.write(at, bytes);
        plain.resize(std::max<std::uint64_t>(plain.size(), at + bytes.size()));
        plain.replace(at, bytes.size(), bytes);
      }
      if (random.chance(0.2)) file.sync();
    }
    file.sync();
    EXPECT_EQ(file.after_power_loss(random), plain) << "round " << round;
  }
}

}  // namespace
}  // namespace waybill::base::testing
