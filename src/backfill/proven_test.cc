#include "backfill/proven.h"

#include <vector>

#include <gtest/gtest.h>

namespace waybill::backfill {
namespace {

// A pull that was asked for long after its end.
store::Pull pull(std::int64_t from_ms, std::int64_t to_ms) {
  const base::WallTime asked = base::from_ms(to_ms) + std::chrono::hours(48);
  return {.subject = {{}, model::WorkspaceSid(model::SidBytes{})},
          .from = base::from_ms(from_ms),
          .to = base::from_ms(to_ms),
          .asked = asked,
          .source = "https://example.com",
          .events = 0,
          .settled = std::chrono::hours(24),
          .asked_last = asked};
}

Spans proven(const std::vector<store::Pull>& pulls) { return proven_seconds(pulls, std::chrono::hours(1)); }

TEST(ProvenSeconds, a_second_that_two_pulls_share_is_proven) {
  EXPECT_EQ(proven({pull(0, 2'400), pull(2'401, 4'999)}), (Spans{{0, 4}}));
  EXPECT_EQ(proven({pull(2'401, 4'999), pull(0, 2'400)}), (Spans{{0, 4}}));
}

TEST(ProvenSeconds, one_of_which_a_millisecond_is_missing_is_not) {
  EXPECT_EQ(proven({pull(0, 2'400), pull(2'402, 4'999)}), (Spans{{0, 1}, {3, 4}}));
  EXPECT_EQ(proven({pull(1, 4'998)}), (Spans{{1, 3}}));
}

TEST(ProvenSeconds, a_pull_inside_another_takes_nothing_away) {
  EXPECT_EQ(proven({pull(0, 9'999), pull(2'500, 3'500), pull(10'000, 10'999)}), (Spans{{0, 10}}));
}

TEST(ProvenSeconds, what_has_not_settled_is_not_proven) {
  store::Pull young = pull(0, 7'200'000 - 1);
  young.settled = {};
  young.asked = young.asked_last = base::from_ms(7'200'000);
  EXPECT_EQ(proven({young}), (Spans{{0, 3599}}));
}

}  // namespace
}  // namespace waybill::backfill
