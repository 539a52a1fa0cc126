// What has expired never comes back, whichever retention is set later; for every store.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/any_store.h"

namespace waybill::testing {
namespace {

using std::chrono::minutes;
using store::Retention;
using store::UnitOutcome;

constexpr std::int64_t kMinute = 60'000;

class RetentionContract : public AnyStore {
 protected:
  model::WorkspaceNumber number_of(std::uint8_t workspace) {
    return store().find_workspace(account_->number, workspace_sid(workspace))->number;
  }
  void retain(std::uint8_t workspace, const std::optional<Retention>& retention) {
    ASSERT_TRUE(store().set_retention(number_of(workspace), retention));
  }

  std::string shown(std::uint8_t workspace = 1) {
    model::EventQuery query;
    query.workspace = number_of(workspace);
    const auto page = store().list(query);
    EXPECT_TRUE(page.has_value());
    std::string out;
    if (!page) return out;
    for (const model::FoundEvent& event : page->events) out += (out.empty() ? "" : " ") + event.record;
    return out;
  }
  bool finds(const std::string& name) {
    const auto found = store().find(number_of(1), make_event(name, 0, {}).sid);
    EXPECT_TRUE(found.has_value());
    return found && found->has_value();
  }
  // An event of so many minutes ago.
  model::Event aged(const std::string& name, std::int64_t age, const std::string& record = {}) {
    return make_event(name, now() - age * kMinute, {}, record);
  }
};

TEST_P(RetentionContract, a_longer_time_brings_nothing_back) {
  append(1, {aged("old", 100), aged("middle", 50), aged("young", 5)});
  retain(1, Retention(minutes(30)));
  EXPECT_EQ(shown(), "young");
  retain(1, Retention(minutes(70)));
  EXPECT_EQ(shown(), "young");
  retain(1, Retention());
  EXPECT_EQ(shown(), "young");
  EXPECT_FALSE(finds("middle"));
  under_test_->reopen();
  EXPECT_EQ(shown(), "young");
  EXPECT_EQ(append(1, {aged("late", 40), aged("new", 20)}), (UnitOutcome{1, 0, 0, 1}))
      << "what would have expired is not let in either";
  retain(1, std::nullopt);
  EXPECT_EQ(shown(), "new young");
}

TEST_P(RetentionContract, nor_does_a_restart_with_a_longer_one) {
  append(1, {aged("old", 100), aged("young", 5)});
  append(2, {aged("old", 100), aged("young", 5)});
  retain(2, Retention());
  under_test_->reopen(Retention(minutes(30)));
  EXPECT_EQ(shown(1), "young");
  EXPECT_EQ(shown(2), "old young");
  under_test_->clock().advance(minutes(27));
  EXPECT_EQ(shown(1), "");
  under_test_->reopen(Retention(minutes(1000)));
  EXPECT_EQ(shown(1), "");
  under_test_->reopen(Retention());
  EXPECT_EQ(shown(1), "");
  EXPECT_EQ(shown(2), "old young");
  retain(2, std::nullopt);
  EXPECT_EQ(shown(2), "old young") << "it had a time of its own while the store's was short";
}

TEST_P(RetentionContract, the_time_that_passes_expires_for_good) {
  append(1, {aged("old", 9), aged("young", 5)});
  retain(1, Retention(minutes(10)));
  EXPECT_EQ(shown(), "old young");
  under_test_->clock().advance(minutes(3));
  EXPECT_EQ(shown(), "young");
  retain(1, Retention(minutes(60)));
  EXPECT_EQ(shown(), "young");
  under_test_->clock().advance(minutes(3));
  EXPECT_EQ(shown(), "young");
}

TEST_P(RetentionContract, a_change_of_one_workspace_is_none_of_another) {
  append(1, {aged("old", 9), aged("young", 5)});
  append(2, {aged("old", 9), aged("young", 5)});
  retain(1, Retention(minutes(10)));
  retain(2, Retention(minutes(10)));
  under_test_->clock().advance(minutes(3));
  retain(1, Retention(minutes(60)));
  retain(2, Retention(minutes(60)));
  EXPECT_EQ(shown(1), "young");
  EXPECT_EQ(shown(2), "young");
}

TEST_P(RetentionContract, a_sid_that_comes_again_is_listed_once_whatever_is_set_later) {
  append(1, {aged("a", 100, "first")});
  retain(1, Retention(minutes(30)));
  EXPECT_EQ(append(1, {aged("a", 5, "second")}), (UnitOutcome{1, 0, 0, 0}));
  EXPECT_EQ(append(1, {aged("a", 5, "second")}), (UnitOutcome{0, 1, 0, 0}));
  retain(1, Retention());
  EXPECT_EQ(shown(), "second");
  under_test_->reopen(Retention(minutes(1000)));
  EXPECT_EQ(shown(), "second");
  EXPECT_TRUE(finds("a"));
}

TEST_P(RetentionContract, what_would_expire_counts_what_has) {
  append(1, {aged("old", 100), aged("middle", 50), aged("young", 5)});
  retain(1, Retention(minutes(70)));
  retain(1, Retention());
  const auto removal = store().would_expire(number_of(1), Retention(minutes(30)));
  ASSERT_TRUE(removal.has_value());
  EXPECT_LE(removal->events, 2U);
  EXPECT_EQ(removal->of_events - removal->events, 1U);
  EXPECT_EQ(shown(), "middle young");
}

std::string name_of(const ::testing::TestParamInfo<StoreKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Stores, RetentionContract, ::testing::ValuesIn(store_kinds().begin(), store_kinds().end()),
                         name_of);

}  // namespace
}  // namespace waybill::testing
