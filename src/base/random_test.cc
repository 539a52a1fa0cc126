#include "base/random.h"

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace waybill::base {
namespace {

constexpr int kDraws = 100'000;

// Generated events, and with them golden files, hang on these numbers: they may never change.
TEST(SeededRandom, is_xoshiro256_starstar_seeded_by_splitmix64) {
  struct Case {
    std::uint64_t seed;
    std::array<std::uint64_t, 4> want;
  };
  // From the authors' reference code.
  const Case cases[] = {
      {0, {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c}},
      {1, {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7}},
      {42, {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1}},
      {std::numeric_limits<std::uint64_t>::max(),
       {0x8f5520d52a7ead08, 0xc476a018caa1802d, 0x81de31c0d260469e, 0xbf658d7e065f3c2f}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.seed);
    SeededRandom random(c.seed);
    for (const std::uint64_t want : c.want) EXPECT_EQ(random.next(), want);
  }
}

TEST(SeededRandom, below_reaches_every_number_about_as_often) {
  for (const std::uint64_t bound : {1U, 2U, 7U, 10U}) {
    SCOPED_TRACE(bound);
    SeededRandom random(bound);
    std::vector<int> counts(bound);
    for (int i = 0; i < kDraws; ++i) ++counts.at(random.below(bound));
    const double fair = static_cast<double>(kDraws) / static_cast<double>(bound);
    for (const int count : counts) EXPECT_NEAR(count, fair, fair * 0.05);
  }
}

TEST(SeededRandom, between_takes_both_ends_in) {
  struct Case {
    std::int64_t low;
    std::int64_t high;
  };
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const Case cases[] = {{0, 0},           {-1, 1},      {kMax - 1, kMax}, {kMin, kMin + 1},
                        {kMin, kMax - 1}, {kMin, kMax}, {-1, kMax}};
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << c.low << " to " << c.high);
    SeededRandom random(3);
    std::int64_t lowest = c.high;
    std::int64_t highest = c.low;
    for (int i = 0; i < 1000; ++i) {
      const std::int64_t value = random.between(c.low, c.high);
      EXPECT_TRUE(c.low <= value && value <= c.high) << value;
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
    const bool few = static_cast<std::uint64_t>(c.high) - static_cast<std::uint64_t>(c.low) < 10;
    EXPECT_TRUE(!few || (lowest == c.low && highest == c.high)) << lowest << " to " << highest;
    EXPECT_TRUE(c.low != kMin || c.high < 0 || (lowest < 0 && highest > 0)) << lowest << " to " << highest;
  }
}

TEST(SeededRandom, unit_and_chance_follow_their_probability) {
  SeededRandom random(5);
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.unit();
    ASSERT_TRUE(0 <= value && value < 1) << value;
    sum += value;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.01);

  for (const double probability : {0.0, 0.1, 0.9, 1.0}) {
    SCOPED_TRACE(probability);
    int hits = 0;
    for (int i = 0; i < kDraws; ++i) hits += random.chance(probability) ? 1 : 0;
    EXPECT_NEAR(hits, probability * kDraws, 0.01 * kDraws * probability * (1 - probability) * 4);
  }
}

TEST(SeededRandom, fill_takes_whole_words_and_what_is_left) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 32U}) {
    SCOPED_TRACE(size);
    std::vector<std::uint8_t> out(size + 1, 0);
    SeededRandom random(1);
    random.fill(std::span(out).first(size));
    EXPECT_EQ(out.back(), 0) << "one too many";
    std::string want;
    SeededRandom again(1);
    while (want.size() < size) put_le(want, again.next());
    EXPECT_EQ(as_text(std::span(out).first(size)), want.substr(0, size));
  }
}

TEST(SystemRandom, does_not_repeat_itself) {
  SystemRandom random;
  const auto first = random.bytes<32>();
  const auto second = random.bytes<32>();
  EXPECT_NE(first, second);
  EXPECT_NE(first, (std::array<std::uint8_t, 32>{}));
  random.fill({});
}

}  // namespace
}  // namespace waybill::base
