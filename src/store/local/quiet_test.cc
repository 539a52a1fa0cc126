#include "store/local/quiet.h"

#include <gtest/gtest.h>

namespace waybill::store {
namespace {

TEST(QuietTest, what_stays_in_the_log_is_a_small_part_of_all) {
  const struct {
    std::uint64_t sealed;
    std::uint64_t want;
  } cases[] = {{0, 10'000}, {5'000, 5'000}, {9'999, 1'250}, {10'000, 1'250}, {40'000, 5'000}, {1'000'000, 10'000}};
  for (const auto& c : cases) EXPECT_EQ(rows_sealed_when_quiet(c.sealed, 10'000), c.want) << c.sealed;
}

}  // namespace
}  // namespace waybill::store
