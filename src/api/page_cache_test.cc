#include "api/page_cache.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/random.h"
#include "base/thread.h"

namespace waybill::api {
namespace {

constexpr std::size_t kBytesMax = 1024UL * 1024;
constexpr std::uint64_t kHashKey = 0x9e3779b97f4a7c15;

std::string key_of(std::uint64_t number) { return "key " + std::to_string(number); }

// Every key has one text for ever.
std::string text_of(std::uint64_t number) { return std::string(1000 + number % 500, static_cast<char>(number)); }

void insert(PageCache& cache, std::uint64_t number) {
  cache.insert(key_of(number), std::make_shared<http::SharedText>(http::SharedText{text_of(number), "less", 0}));
}

bool has(PageCache& cache, std::uint64_t number) {
  const auto found = cache.find(key_of(number));
  if (!found) return false;
  EXPECT_EQ(found->text, text_of(number));
  return true;
}

TEST(PageCacheTest, what_was_inserted_is_found) {
  PageCache cache(kBytesMax, kHashKey);
  EXPECT_FALSE(has(cache, 7));
  insert(cache, 7);
  insert(cache, 7);
  EXPECT_TRUE(has(cache, 7));
  EXPECT_FALSE(has(cache, 8));
}

TEST(PageCacheTest, a_page_is_wanted_when_it_is_looked_for_again) {
  PageCache cache(kBytesMax, kHashKey);
  EXPECT_FALSE(cache.is_wanted("a"));
  EXPECT_FALSE(cache.is_wanted("b"));
  EXPECT_TRUE(cache.is_wanted("a"));
  PageCache none(0, kHashKey);
  EXPECT_FALSE(none.is_wanted("a"));
  EXPECT_FALSE(none.is_wanted("a"));
}

TEST(PageCacheTest, it_never_holds_more_than_its_bound) {
  for (const std::size_t bound : {0UL, 100UL, 20'000UL, 200'000UL}) {
    SCOPED_TRACE(bound);
    PageCache cache(bound, kHashKey);
    for (std::uint64_t number = 0; number < 1'000; ++number) {
      insert(cache, number);
      ASSERT_LE(cache.bytes(), bound);
    }
    EXPECT_TRUE(bound < 20'000 || has(cache, 999));
  }
}

TEST(PageCacheTest, what_was_not_asked_for_longest_makes_room) {
  PageCache cache(20'000, kHashKey);
  insert(cache, 1);
  for (std::uint64_t number = 2; number < 100; ++number) {
    insert(cache, number);
    EXPECT_TRUE(has(cache, 1));
  }
  EXPECT_FALSE(has(cache, 2));
}

TEST(PageCacheTest, a_page_that_would_take_too_large_a_part_is_not_kept) {
  PageCache cache(kBytesMax, kHashKey);
  cache.insert("large", std::make_shared<http::SharedText>(http::SharedText{std::string(kBytesMax / 8, 'x'), "", 0}));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(PageCacheTest, clear_forgets_everything) {
  PageCache cache(kBytesMax, kHashKey);
  EXPECT_FALSE(cache.is_wanted(key_of(1)));
  insert(cache, 1);
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_FALSE(has(cache, 1));
  EXPECT_FALSE(cache.is_wanted(key_of(1)));
}

// A client chooses a part of the key, and each look at colliding ones would pass all of them.
TEST(PageCacheTest, keys_that_collide_without_the_hash_key_share_no_place) {
  constexpr std::uint64_t kEntries = 1000;
  PageCache ordinary(8 * kBytesMax, kHashKey);
  for (std::uint64_t number = 0; number < kEntries; ++number) insert(ordinary, number);
  const std::size_t places = ordinary.places_for_test();
  PageCache cache(8 * kBytesMax, kHashKey);
  for (std::uint64_t number = 0, inserted = 0; inserted < kEntries; ++number) {
    if (base::hash64(key_of(number)) % places != 0) continue;
    insert(cache, number);
    ++inserted;
  }
  EXPECT_EQ(cache.places_for_test(), places);
  EXPECT_LT(cache.fullest_place_for_test(), 20U);
}

TEST(PageCacheTest, many_threads_never_see_the_page_of_another_key) {
  PageCache cache(40'000, kHashKey);
  std::vector<base::Thread> threads;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back("reader", [&cache, seed] {
      base::SeededRandom random(seed);
      for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t number = random.below(100);
        if (!has(cache, number) && cache.is_wanted(key_of(number))) insert(cache, number);
        if (random.chance(0.0005)) cache.clear();
      }
    });
  }
  threads.clear();
  EXPECT_LE(cache.bytes(), 40'000U);
}

}  // namespace
}  // namespace waybill::api
