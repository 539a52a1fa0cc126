// What every store must say of events that would go (EventUpkeep::would_expire, would_erase).
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/stores.h"

namespace waybill::testing {
namespace {

using std::chrono::minutes;

constexpr std::int64_t kMinute = 60'000;

model::Term task(char name) { return {model::Dimension::kTask, std::string(16, name)}; }

class ForecastContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override { account_ = std::make_unique<model::Account>(make_first_account(store())); }

  store::EventStore& store() { return under_test_->store(); }
  std::int64_t now() { return base::to_ms(under_test_->clock().now()); }

  void append(std::uint8_t workspace, std::vector<model::Event> events) {
    const store::Unit unit = make_unit(*account_, workspace, std::move(events));
    ASSERT_TRUE(store().append({&unit, 1}));
  }

  model::WorkspaceNumber workspace() { return store().find_workspace(account_->number, workspace_sid(1))->number; }

  // "2 of 3: -10 to -6", in minutes from now.
  std::string told(const base::Result<store::Removal>& removal) {
    if (!removal) return removal.error().message();
    std::string text = std::to_string(removal->events) + " of " + std::to_string(removal->of_events);
    if (removal->events == 0) return text;
    return text + ": " + std::to_string((base::to_ms(removal->first) - now()) / kMinute) + " to " +
           std::to_string((base::to_ms(removal->last) - now()) / kMinute);
  }

  void check() {
    EXPECT_EQ(told(store().would_expire(workspace(), store::Retention(minutes(5)))), "2 of 3: -10 to -6")
        << "what is exactly as old is kept";
    EXPECT_EQ(told(store().would_expire(workspace(), store::Retention(minutes(1)))), "3 of 3: -10 to -5");
    EXPECT_EQ(told(store().would_expire(workspace(), store::Retention())), "0 of 3");
    store::ErasureRequest request{workspace(), task('A'), base::from_ms(0), base::from_ms(now())};
    EXPECT_EQ(told(store().would_erase(request)), "2 of 3: -10 to -5");
    request.from = base::from_ms(now() - 9 * kMinute);
    EXPECT_EQ(told(store().would_erase(request)), "1 of 3: -5 to -5");
    request.subject.reset();
    EXPECT_EQ(told(store().would_erase(request)), "2 of 3: -6 to -5");
    request.subject = task('Z');
    EXPECT_EQ(told(store().would_erase(request)), "0 of 3");
    request.to = base::from_ms(-1);
    EXPECT_EQ(store().would_erase(request).error().code(), base::ErrorCode::kInvalidArgument);
    EXPECT_TRUE(store().erasures()->empty());
    EXPECT_EQ(store().summaries()->front().events, 3U);
  }

  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
  std::unique_ptr<model::Account> account_;
};

TEST_P(ForecastContract, what_would_go_is_counted_and_stays) {
  append(1, {make_event("a", now() - 10 * kMinute, {task('A')}), make_event("b", now() - 6 * kMinute, {task('B')}),
             make_event("c", now() - 5 * kMinute, {task('A')})});
  append(2, {make_event("a", now() - 10 * kMinute, {task('A')})});
  check();
  while (under_test_->run_upkeep_step()) {
  }
  check();
}

INSTANTIATE_TEST_SUITE_P(Stores, ForecastContract, ::testing::ValuesIn(store_kinds().begin(), store_kinds().end()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace waybill::testing
