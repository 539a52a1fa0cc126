#include "api/heavy_reads.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::api {
namespace {

constexpr model::AccountNumber kOne{1};
constexpr model::AccountNumber kOther{2};

TEST(HeavyReads, one_account_leaves_room_for_the_others) {
  HeavyReads reads({3, 2});
  std::optional<HeavyReads::Turn> first(*reads.enter(kOne));
  const auto second = reads.enter(kOne);
  const auto refused = reads.enter(kOne);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 429);
  EXPECT_NE(refused.error().message.find("heavy-reads-per-account-max"), std::string::npos);
  const auto of_other = reads.enter(kOther);
  EXPECT_TRUE(of_other);
  EXPECT_EQ(reads.count(), 3U);
  EXPECT_EQ(reads.refused(), 1U);
  first.reset();
  EXPECT_TRUE(reads.enter(kOne));
}

TEST(HeavyReads, all_together_are_bounded) {
  HeavyReads reads({1, 5});
  {
    const auto first = reads.enter(kOne);
    const auto refused = reads.enter(kOther);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 503);
    EXPECT_NE(refused.error().message.find("heavy-reads-max"), std::string::npos);
  }
  EXPECT_TRUE(reads.enter(kOther));
  EXPECT_EQ(reads.count(), 0U);
}

}  // namespace
}  // namespace waybill::api
