// What has expired is hidden at once, and lost only when the grace is over.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/disk_store.h"

namespace waybill::testing {
namespace {

using std::chrono::minutes;
using store::Retention;
using store::UnitOutcome;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kStartMs = 1'000 * kMinuteMs;

class RemovalGrace : public DiskStore {
 protected:
  RemovalGrace() : DiskStore(base::from_ms(kStartMs)) {}

  // A store that keeps its events for so long.
  void open(Retention retention) {
    store::LocalOptions options = tiny_options();
    options.retention = retention;
    options.removal_grace = store::kRemovalGrace;
    DiskStore::open(std::move(options));
  }

  // So many events of that many minutes ago.
  void append_aged(const std::string& name, int count, std::int64_t minutes_ago) {
    std::vector<model::Event> events;
    for (int i = 0; i < count; ++i) {
      events.push_back(
          make_event(name + std::to_string(i), base::to_ms(clock_.now()) - minutes_ago * kMinuteMs + i, {}));
    }
    EXPECT_EQ(append(std::move(events)).accepted, static_cast<std::uint32_t>(count));
  }

  // How many have bytes, by what would be too old and what there is.
  store::Removal counted(Retention retention) {
    const auto removal = store_->would_expire(model::WorkspaceNumber{1}, retention);
    EXPECT_TRUE(removal.has_value());
    return removal.value_or(store::Removal{});
  }
};

TEST_F(RemovalGrace, a_slip_that_is_put_right_in_time_costs_nothing) {
  open({});
  append_aged("old", 300, 500);
  append_aged("young", 100, 1);
  ASSERT_TRUE(store_->run_upkeep());
  open(Retention(minutes(30)));
  EXPECT_EQ(seen(), 100U);
  // Known ones are known, old ones come in, and sealing and merging take none of them away.
  EXPECT_EQ(append({make_event("old7", kStartMs - 500 * kMinuteMs + 7, {})}), (UnitOutcome{0, 1, 0, 0}));
  append_aged("late", 200, 400);
  clock_.advance(store::kRemovalGrace - std::chrono::milliseconds(1));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(seen(), 100U);
  EXPECT_EQ(counted({}).of_events, 600U);
  open(Retention(minutes(1000)));
  EXPECT_EQ(seen(), 600U);
}

TEST_F(RemovalGrace, when_it_is_over_what_is_old_goes) {
  open({});
  append_aged("old", 300, 500);
  append_aged("young", 100, 1);
  ASSERT_TRUE(store_->run_upkeep());
  open(Retention(minutes(100)));
  clock_.advance(store::kRemovalGrace);
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_LE(counted({}).of_events, 200U);
  EXPECT_EQ(seen(), 100U);
  EXPECT_EQ(append({make_event("older", kStartMs - 700 * kMinuteMs, {})}), (UnitOutcome{0, 0, 0, 1}));
}

TEST_F(RemovalGrace, a_workspace_that_is_changed_has_one_of_its_own) {
  open({});
  append_aged("old", 300, 500);
  clock_.advance(minutes(60));
  ASSERT_TRUE(store_->run_upkeep());
  ASSERT_TRUE(store_->set_retention(model::WorkspaceNumber{1}, Retention(minutes(5))));
  clock_.advance(minutes(9));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(seen(), 0U);
  ASSERT_TRUE(store_->set_retention(model::WorkspaceNumber{1}, Retention(minutes(5)))) << "no change, no more time";
  clock_.advance(minutes(1) - std::chrono::milliseconds(1));
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_EQ(counted({}).of_events, 300U);
  ASSERT_TRUE(store_->set_retention(model::WorkspaceNumber{1}, std::nullopt));
  EXPECT_EQ(seen(), 300U);
  ASSERT_TRUE(store_->set_retention(model::WorkspaceNumber{1}, Retention(minutes(5))));
  clock_.advance(store::kRemovalGrace);
  ASSERT_TRUE(store_->run_upkeep());
  append_aged("young", 100, 0);
  ASSERT_TRUE(store_->run_upkeep());
  EXPECT_LE(counted({}).of_events, 150U);
}

TEST_F(RemovalGrace, what_would_go_is_counted_to_the_event) {
  open({});
  append_aged("a", 210, 500);
  append_aged("b", 95, 300);
  append_aged("c", 40, 10);
  ASSERT_TRUE(store_->run_upkeep());
  append_aged("d", 5, 301);
  const store::Removal all = counted(Retention(minutes(1)));
  EXPECT_EQ(all.events, 350U);
  EXPECT_EQ(all.of_events, 350U);
  EXPECT_EQ(all.first, base::from_ms(kStartMs - 500 * kMinuteMs));
  EXPECT_EQ(all.last, base::from_ms(kStartMs - 10 * kMinuteMs + 39));
  const store::Removal some = counted(Retention(minutes(300)));
  EXPECT_EQ(some.events, 215U) << "those of exactly that age are kept";
  EXPECT_EQ(some.last, base::from_ms(kStartMs - 301 * kMinuteMs + 4));
  EXPECT_EQ(counted(Retention(minutes(501))).events, 0U);
  EXPECT_EQ(counted({}).events, 0U);
  const auto none = store_->would_expire(model::WorkspaceNumber{9}, Retention(minutes(1)));
  EXPECT_EQ(none->of_events, 0U);
}

TEST_F(RemovalGrace, what_was_confirmed_is_remembered) {
  open({});
  EXPECT_EQ(store_->confirmed_retention(), std::nullopt);
  for (const Retention retention : {Retention(minutes(30)), Retention(), Retention(minutes(7))}) {
    open(retention);
    ASSERT_TRUE(store_->confirm_retention());
    EXPECT_EQ(store_->confirmed_retention(), std::optional<Retention>(std::in_place, retention));
    open(Retention(minutes(99)));
    EXPECT_EQ(store_->confirmed_retention(), std::optional<Retention>(std::in_place, retention));
  }
}

}  // namespace
}  // namespace waybill::testing
