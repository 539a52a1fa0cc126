#include "generator/staff.h"

#include <gtest/gtest.h>

namespace waybill::generator {
namespace {

constexpr ChannelId kVoice{0};
constexpr ChannelId kChat{1};
constexpr WorkerId kAnn{0};
constexpr WorkerId kBen{1};

class StaffTest : public testing::Test {
 protected:
  // Who of Ann and Ben can take a task.
  std::optional<WorkerId> find(ChannelId channel, std::span<const WorkerId> except = {}) {
    constexpr std::array<WorkerId, 2> kMembers = {kAnn, kBen};
    return staff_.find_free(kMembers, channel, except, random_);
  }

  base::SeededRandom random_{1};
  ContactCentre centre_{Settings{}};
  Staff staff_{centre_};
};

TEST_F(StaffTest, OnlyWhoIsAvailableIsFound) {
  EXPECT_EQ(find(kVoice), std::nullopt);
  staff_.change_activity(kBen, ActivityId::kAvailable, Moment(1));
  EXPECT_EQ(find(kVoice), kBen);
  staff_.change_activity(kBen, ActivityId::kLunch, Moment(2));
  EXPECT_EQ(find(kVoice), std::nullopt);
}

TEST_F(StaffTest, WhoIsExceptedIsNotFound) {
  staff_.change_activity(kAnn, ActivityId::kAvailable, Moment(1));
  staff_.change_activity(kBen, ActivityId::kAvailable, Moment(1));
  EXPECT_EQ(find(kVoice, std::array{kAnn}), kBen);
  EXPECT_EQ(find(kVoice, std::array{kBen}), kAnn);
  EXPECT_EQ(find(kVoice, std::array{kBen, kAnn}), std::nullopt);
}

TEST_F(StaffTest, NobodyTakesMoreOfAChannelThanItsCapacity) {
  staff_.change_activity(kAnn, ActivityId::kAvailable, Moment(1));
  staff_.take_task(kAnn, kVoice);
  EXPECT_EQ(find(kVoice), std::nullopt);
  EXPECT_EQ(find(kChat), kAnn);

  const WorkerChannelFacts facts = staff_.toggle_capacity(kAnn, kVoice);
  EXPECT_EQ(facts.previous_capacity, 1);
  EXPECT_EQ(facts.capacity, 2);
  EXPECT_EQ(facts.tasks, 1);
  EXPECT_EQ(find(kVoice), kAnn);

  staff_.toggle_capacity(kAnn, kVoice);
  staff_.drop_task(kAnn, kVoice);
  EXPECT_EQ(find(kVoice), kAnn);
}

TEST_F(StaffTest, AClosedChannelBringsNothing) {
  staff_.change_activity(kAnn, ActivityId::kAvailable, Moment(1));
  EXPECT_FALSE(staff_.toggle_channel(kAnn, kChat).available);
  EXPECT_EQ(find(kChat), std::nullopt);
  EXPECT_EQ(find(kVoice), kAnn);
  EXPECT_TRUE(staff_.toggle_channel(kAnn, kChat).available);
  EXPECT_EQ(find(kChat), kAnn);
}

TEST_F(StaffTest, AChangeOfActivityTellsWhatWasBeforeAndForHowLong) {
  staff_.change_activity(kAnn, ActivityId::kAvailable, Moment(1'000));
  const WorkerFacts facts = staff_.change_activity(kAnn, ActivityId::kBreak, Moment(3'500));
  EXPECT_EQ(facts.activity, ActivityId::kBreak);
  EXPECT_EQ(facts.previous_activity, ActivityId::kAvailable);
  EXPECT_EQ(facts.in_previous_activity, Moment(2'500));
  EXPECT_EQ(facts.version, 2U);
}

}  // namespace
}  // namespace waybill::generator
