#include "relay/schedule.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/random.h"

namespace waybill::relay {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kHashKey = 0x9e3779b97f4a7c15;

base::SteadyTime at(std::int64_t ms) { return base::SteadyTime(milliseconds(ms)); }

Waiting waiting(std::int64_t number, std::int64_t due_ms = 0) {
  return {number, 0, 10, base::from_ms(number), at(due_ms)};
}

// The number of the next one, or 0.
std::int64_t take(Schedule& schedule, std::int64_t now_ms) {
  const auto callback = schedule.take(at(now_ms));
  return callback ? callback->number : 0;
}

TEST(Schedule, keeps_the_order_of_a_resource_and_lets_others_go_on) {
  Schedule schedule(kHashKey);
  schedule.add("WT1", waiting(1));
  schedule.add("WT1", waiting(2));
  schedule.add("WT2", waiting(3));
  EXPECT_EQ(take(schedule, 0), 1);
  EXPECT_EQ(take(schedule, 0), 3);
  EXPECT_EQ(take(schedule, 0), 0);
  schedule.retry(1, at(100));
  EXPECT_EQ(take(schedule, 99), 0);
  schedule.finish(3);
  EXPECT_EQ(take(schedule, 100), 1);
  schedule.finish(1);
  EXPECT_EQ(take(schedule, 100), 2);
  schedule.finish(2);
  EXPECT_EQ(schedule.size(), 0U);
  EXPECT_EQ(schedule.bytes(), 0U);
}

TEST(Schedule, counts_attempts_and_says_when_the_next_is_due) {
  Schedule schedule(kHashKey);
  EXPECT_FALSE(schedule.next_due());
  schedule.add("WT1", waiting(1, 50));
  EXPECT_EQ(schedule.next_due(), at(50));
  EXPECT_EQ(take(schedule, 50), 1);
  EXPECT_FALSE(schedule.next_due());
  schedule.retry(1, at(70));
  EXPECT_EQ(schedule.next_due(), at(70));
  EXPECT_EQ(schedule.take(at(70))->attempts, 1U);
}

TEST(Schedule, callbacks_without_a_resource_do_not_wait_for_each_other) {
  Schedule schedule(kHashKey);
  schedule.add("", waiting(1));
  schedule.add("", waiting(2));
  EXPECT_EQ(take(schedule, 0), 1);
  EXPECT_EQ(take(schedule, 0), 2);
}

TEST(Schedule, clearing_leaves_what_is_on_its_way) {
  Schedule schedule(kHashKey);
  for (int number = 1; number <= 6; ++number) schedule.add("WT" + std::to_string(number % 2), waiting(number));
  EXPECT_EQ(take(schedule, 0), 1);
  EXPECT_EQ(schedule.clear(), 5U);
  EXPECT_EQ(schedule.size(), 1U);
  EXPECT_EQ(schedule.numbers_on_their_way(), std::vector<std::int64_t>{1});
  EXPECT_EQ(schedule.oldest(), base::from_ms(1));
  schedule.add("WT1", waiting(7));
  EXPECT_EQ(take(schedule, 0), 0);
  schedule.finish(1);
  EXPECT_EQ(take(schedule, 0), 7);
  schedule.finish(7);
  EXPECT_FALSE(schedule.oldest());
}

// A sender chooses the resources, and each look at colliding ones would pass all of them.
TEST(Schedule, resources_that_collide_without_the_hash_key_share_no_place) {
  constexpr std::int64_t kResources = 1000;
  const auto name = [](std::uint64_t i) { return "WT" + std::to_string(i); };
  Schedule ordinary(kHashKey);
  for (std::int64_t i = 1; i <= kResources; ++i) ordinary.add(name(static_cast<std::uint64_t>(i)), waiting(i));
  const std::size_t places = ordinary.places_for_test();
  for (const auto& hash : {+[](const std::string& text) { return std::hash<std::string>()(text); },
                           +[](const std::string& text) -> std::size_t { return base::hash64(text); }}) {
    Schedule schedule(kHashKey);
    for (std::uint64_t i = 0; schedule.size() < kResources; ++i) {
      if (hash(name(i)) % places == 0) schedule.add(name(i), waiting(static_cast<std::int64_t>(i)));
    }
    EXPECT_EQ(schedule.places_for_test(), places);
    EXPECT_LT(schedule.fullest_place_for_test(), 20U);
  }
}

TEST(Schedule, gives_each_callback_once_and_in_the_order_of_its_resource_whatever_happens) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    base::SeededRandom random(seed);
    Schedule schedule(kHashKey);
    std::map<std::int64_t, std::string> resources;
    std::map<std::string, std::int64_t> last;
    std::vector<std::int64_t> on_their_way;
    std::int64_t added = 0;
    std::size_t finished = 0;
    for (std::int64_t now = 0; finished < 200; ++now) {
      if (added < 200 && random.chance(0.5)) {
        const std::string resource = "WT" + std::to_string(random.below(7));
        schedule.add(resource, waiting(++added, now + static_cast<std::int64_t>(random.below(3))));
        resources[added] = resource;
      }
      if (const std::int64_t number = take(schedule, now)) on_their_way.push_back(number);
      if (on_their_way.empty() || random.chance(0.3)) continue;
      const std::size_t which = random.below(on_their_way.size());
      const std::int64_t number = on_their_way[which];
      on_their_way.erase(on_their_way.begin() + static_cast<std::ptrdiff_t>(which));
      if (random.chance(0.3)) {
        schedule.retry(number, at(now + 5));
        continue;
      }
      schedule.finish(number);
      ++finished;
      ASSERT_LT(last[resources[number]], number) << "seed " << seed;
      last[resources[number]] = number;
    }
    EXPECT_EQ(schedule.size(), 0U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace waybill::relay
