#include "api/guess_watch.h"

#include <string>

#include <gtest/gtest.h>

namespace waybill::api {
namespace {

using std::chrono::seconds;

base::SteadyTime at(int second) { return base::SteadyTime(seconds(second)); }

// Tries `count` different wrong credentials.
void guess(GuessWatch& watch, const std::string& address, int count, int second) {
  for (int i = 0; i < count; ++i) {
    watch.was_wrong(address, "Basic " + std::to_string(second) + "-" + std::to_string(i), at(second));
  }
}

TEST(GuessWatch, the_wait_doubles_with_each_guess_beyond_the_free_ones) {
  GuessWatch watch({3, seconds(5), seconds(900), 100});
  guess(watch, "192.0.2.1", 3, 0);
  EXPECT_EQ(watch.wait_of("192.0.2.1", at(0)), std::nullopt);
  int second = 10;
  for (const int wait : {1, 2, 4, 5, 5}) {
    guess(watch, "192.0.2.1", 1, second);
    EXPECT_EQ(watch.wait_of("192.0.2.1", at(second)), seconds(wait));
    EXPECT_EQ(watch.wait_of("192.0.2.1", at(second + wait)), std::nullopt);
    EXPECT_EQ(watch.wait_of("192.0.2.2", at(second)), std::nullopt);
    second += 10;
  }
  EXPECT_EQ(watch.guesses(), 8U);
  EXPECT_EQ(watch.refused(), 5U);
}

TEST(GuessWatch, the_same_wrong_credentials_are_no_guess) {
  GuessWatch watch({3, seconds(5), seconds(900), 100});
  for (int i = 0; i < 100; ++i) watch.was_wrong("192.0.2.1", i % 2 == 0 ? "Basic old" : "Basic older", at(0));
  EXPECT_EQ(watch.wait_of("192.0.2.1", at(0)), std::nullopt);
  EXPECT_EQ(watch.guesses(), 2U);
}

TEST(GuessWatch, what_is_long_ago_is_forgotten) {
  GuessWatch watch({3, seconds(5), seconds(900), 100});
  guess(watch, "192.0.2.1", 10, 0);
  guess(watch, "192.0.2.1", 1, 901);
  EXPECT_EQ(watch.wait_of("192.0.2.1", at(901)), std::nullopt);
}

TEST(GuessWatch, it_remembers_only_so_many_addresses) {
  GuessWatch watch({0, seconds(60), seconds(900), 2});
  for (const char* const address : {"1", "2", "3"}) guess(watch, address, 1, 0);
  EXPECT_EQ(watch.wait_of("1", at(0)), std::nullopt);
  EXPECT_EQ(watch.wait_of("3", at(0)), seconds(1));
}

TEST(GuessWatch, the_one_that_guessed_longest_ago_makes_room) {
  GuessWatch watch({0, seconds(60), seconds(900), 2});
  guess(watch, "1", 1, 0);
  guess(watch, "2", 1, 1);
  guess(watch, "1", 1, 2);
  guess(watch, "0", 1, 3);
  EXPECT_EQ(watch.wait_of("2", at(1)), std::nullopt);
  EXPECT_TRUE(watch.wait_of("1", at(2)));
  EXPECT_TRUE(watch.wait_of("0", at(3)));
}

}  // namespace
}  // namespace waybill::api
