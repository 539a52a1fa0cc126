#include "api/disk_watch.h"

#include <gtest/gtest.h>

namespace waybill::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

base::SteadyTime at(std::chrono::nanoseconds since_start) { return base::SteadyTime(since_start); }

TEST(DiskWatchTest, it_is_quiet_until_a_read_goes_to_the_disk) {
  const DiskWatch watch;
  EXPECT_TRUE(watch.is_quiet(at(seconds(0))));
  EXPECT_TRUE(watch.is_quiet(at(seconds(1'000'000))));
}

TEST(DiskWatchTest, a_read_from_the_disk_is_followed_by_a_pause_in_proportion) {
  struct Case {
    milliseconds took;
    milliseconds pause;
  };
  const Case cases[] = {
      {milliseconds(0), milliseconds(0)},
      {milliseconds(2), milliseconds(200)},
      {milliseconds(400), milliseconds(40'000)},
      {milliseconds(100'000), milliseconds(60'000)},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.took.count());
    DiskWatch watch;
    const auto began = at(seconds(10));
    const auto ended = began + c.took;
    watch.went_to_disk(began, ended);
    EXPECT_TRUE(watch.is_quiet(ended + c.pause));
    EXPECT_FALSE(watch.is_quiet(ended + c.pause - milliseconds(1)) && c.pause.count() > 0);
  }
}

TEST(DiskWatchTest, a_short_read_does_not_shorten_the_pause_of_a_long_one) {
  DiskWatch watch;
  watch.went_to_disk(at(milliseconds(0)), at(milliseconds(100)));
  watch.went_to_disk(at(milliseconds(100)), at(milliseconds(101)));
  EXPECT_FALSE(watch.is_quiet(at(milliseconds(10'000))));
  EXPECT_TRUE(watch.is_quiet(at(milliseconds(10'100))));
}

}  // namespace
}  // namespace waybill::api
