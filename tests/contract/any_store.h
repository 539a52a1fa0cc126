#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/stores.h"

namespace waybill::testing {

// Tests of whatever kind of store: an empty one with an account. Each run asserts that it holds the kind it was asked
// for.
class AnyStore : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(GetParam().is_this(store())) << "the suite does not hold a " << GetParam().name << " store";
    RecordProperty("store", GetParam().name);
    account_ = std::make_unique<model::Account>(make_first_account(store()));
  }

  store::EventStore& store() { return under_test_->store(); }
  std::int64_t now() { return base::to_ms(under_test_->clock().now()); }

  store::UnitOutcome append(std::uint8_t workspace, std::vector<model::Event> events) {
    const store::Unit unit = make_unit(*account_, workspace, std::move(events));
    const auto outcomes = store().append({&unit, 1});
    EXPECT_TRUE(outcomes.has_value());
    settle();
    return outcomes ? outcomes->front() : store::UnitOutcome{};
  }

  // Does what a store does in the background, so that whatever can be sealed and merged is.
  void settle() {
    while (under_test_->run_upkeep_step()) {
    }
  }

  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
  std::unique_ptr<model::Account> account_;
};

}  // namespace waybill::testing
