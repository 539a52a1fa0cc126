#include "store/retention_plan.h"

#include <gtest/gtest.h>

namespace waybill::store {
namespace {

RetentionPlan plan_of(std::uint64_t events, std::uint64_t of_events, std::uint64_t newly) {
  RetentionPlan plan;
  plan.removal = {events, of_events, base::from_ms(0), base::from_ms(86'400'000)};
  plan.newly = newly;
  return plan;
}

TEST(RetentionPlan, more_than_half_wants_to_be_confirmed) {
  EXPECT_TRUE(check_confirmed(plan_of(0, 0, 0), "30d", false));
  EXPECT_TRUE(check_confirmed(plan_of(5, 10, 5), "30d", false));
  EXPECT_TRUE(check_confirmed(plan_of(5, 11, 5), "30d", false));
  EXPECT_TRUE(check_confirmed(plan_of(10, 10, 10), "30d", true));
  EXPECT_TRUE(check_confirmed(plan_of(10, 10, 0), "30d", false)) << "all of it has expired before";
  EXPECT_EQ(check_confirmed(plan_of(132'000, 150'000, 132'000), "365m", false).error(),
            base::invalid_argument("Retain: '365m' would remove 132,000 of 150,000 events, of 1970-01-01T00:00:00.000Z "
                                   "to 1970-01-02T00:00:00.000Z: more than half. To do so all the same, confirm it "
                                   "(--confirm, or Confirm=true)"));
}

TEST(RetentionPlan, those_of_workspaces_add_up) {
  RetentionPlan sum;
  sum.add(plan_of(0, 7, 0));
  EXPECT_EQ(to_text(sum.removal), "0 of 7 events");
  RetentionPlan later = plan_of(2, 3, 1);
  later.removal.first = base::from_ms(50'000'000);
  later.removal.last = base::from_ms(172'800'000);
  sum.add(later);
  sum.add(plan_of(1, 1, 1));
  EXPECT_EQ(to_text(sum.removal), "3 of 11 events, of 1970-01-01T00:00:00.000Z to 1970-01-03T00:00:00.000Z");
  EXPECT_EQ(sum.newly, 2U);
}

}  // namespace
}  // namespace waybill::store
