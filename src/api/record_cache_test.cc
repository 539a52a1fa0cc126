#include "api/record_cache.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/thread.h"

namespace waybill::api {
namespace {

constexpr std::size_t kBytesMax = 4UL * 1024 * 1024;

model::Position position(std::uint64_t number) { return model::Position{number}; }

// Every event has one record for ever.
std::string record_of(std::uint64_t number) { return std::string(1000 + number % 500, static_cast<char>(number)); }

RecordCache::Kept kept(std::string record) {
  const auto bytes = static_cast<std::uint32_t>(record.size() / 3);
  return {std::make_shared<const std::string>(std::move(record)), bytes};
}

bool has(RecordCache& cache, std::uint64_t number) {
  const auto found = cache.find(position(number));
  if (!found) return false;
  EXPECT_EQ(*found->plain, record_of(number));
  EXPECT_EQ(found->stored_bytes, record_of(number).size() / 3);
  return true;
}

// Reads an event as a page does.
void read(RecordCache& cache, std::uint64_t number) {
  if (!has(cache, number)) cache.insert(position(number), kept(record_of(number)));
}

TEST(RecordCacheTest, what_was_inserted_is_found) {
  RecordCache cache(kBytesMax);
  EXPECT_FALSE(has(cache, 7));
  cache.insert(position(7), kept(record_of(7)));
  cache.insert(position(7), kept(record_of(7)));
  EXPECT_TRUE(has(cache, 7));
  EXPECT_FALSE(has(cache, 8));
}

TEST(RecordCacheTest, it_never_holds_more_than_its_bound) {
  for (const std::size_t bound : {0UL, 100UL, 20'000UL, 200'000UL, 1'000'000UL}) {
    SCOPED_TRACE(bound);
    RecordCache cache(bound);
    base::SeededRandom random(1);
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t number = 1 + random.below(3'000);
      if (!cache.find(position(number))) cache.insert(position(number), kept(std::string(random.below(5'000), 'x')));
      ASSERT_LE(cache.bytes(), bound);
    }
  }
}

TEST(RecordCacheTest, it_uses_the_room_it_has) {
  RecordCache cache(kBytesMax);
  for (std::uint64_t number = 1; number <= 10'000; ++number) read(cache, number);
  EXPECT_GT(cache.bytes(), kBytesMax / 10 * 9);
}

TEST(RecordCacheTest, a_record_that_would_take_too_large_a_part_is_not_kept) {
  RecordCache cache(kBytesMax);
  cache.insert(position(1), kept(std::string(kBytesMax / 16, 'x')));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(RecordCacheTest, a_walk_through_history_does_not_drive_out_what_is_read_again) {
  RecordCache cache(kBytesMax);
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t number = 1; number <= 500; ++number) read(cache, number);
  }
  for (std::uint64_t number = 1'000; number < 100'000; ++number) read(cache, number);
  for (std::uint64_t number = 1; number <= 500; ++number) EXPECT_TRUE(has(cache, number)) << number;
}

TEST(RecordCacheTest, what_is_read_again_later_takes_the_place_of_what_no_longer_is) {
  RecordCache cache(kBytesMax);
  for (std::uint64_t first = 0; first < 50'000; first += 1'000) {
    for (int round = 0; round < 10; ++round) {
      for (std::uint64_t number = first + 1; number <= first + 1'000; ++number) read(cache, number);
    }
    for (std::uint64_t number = first + 1; number <= first + 1'000; ++number) EXPECT_TRUE(has(cache, number)) << number;
  }
}

TEST(RecordCacheTest, clear_forgets_everything) {
  RecordCache cache(kBytesMax);
  for (std::uint64_t number = 1; number <= 1'000; ++number) read(cache, number);
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0U);
  for (std::uint64_t number = 1; number <= 1'000; ++number) EXPECT_FALSE(has(cache, number));
  read(cache, 1);
  EXPECT_TRUE(has(cache, 1));
}

TEST(RecordCacheTest, many_threads_never_see_a_record_of_another_event) {
  RecordCache cache(kBytesMax / 16);
  std::vector<base::Thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back("reader", [&cache, seed] {
      base::SeededRandom random(seed);
      for (int i = 0; i < 20'000; ++i) {
        read(cache, 1 + random.below(random.chance(0.5) ? 50 : 5'000));
        if (random.chance(0.0005)) cache.clear();
      }
    });
  }
  threads.clear();
  EXPECT_LE(cache.bytes(), kBytesMax / 16);
}

}  // namespace
}  // namespace waybill::api
