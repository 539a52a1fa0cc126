// What every store must say of the variants it keeps (src/store/event_store.h says it in words).
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/stores.h"

namespace waybill::testing {
namespace {

class VariantContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override { account_ = std::make_unique<model::Account>(make_first_account(store())); }

  store::EventStore& store() { return under_test_->store(); }

  void append(std::uint8_t workspace, std::vector<model::Event> events) {
    const store::Unit unit = make_unit(*account_, workspace, std::move(events));
    ASSERT_TRUE(store().append({&unit, 1}));
  }

  std::vector<store::Variant> variants(const store::VariantQuery& query) {
    auto found = store().variants(query);
    EXPECT_TRUE(found);
    return found.value_or(std::vector<store::Variant>());
  }

  // The records of what is found.
  std::string listed(const store::VariantQuery& query) {
    std::string out;
    for (const store::Variant& each : variants(query)) out += (out.empty() ? "" : " ") + each.record;
    return out;
  }

  model::WorkspaceNumber workspace(std::uint8_t number) {
    return store().find_workspace(account_->number, workspace_sid(number))->number;
  }

  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
  std::unique_ptr<model::Account> account_;
};

TEST_P(VariantContract, they_are_listed_in_their_order_part_by_part) {
  append(1, {make_event("a", 10, {}, "first"), make_event("b", 20, {})});
  append(2, {make_event("a", 10, {}, "first")});
  EXPECT_EQ(listed({}), "");
  append(1, {make_event("a", 10, {}, "one"), make_event("b", 20, {}, "two")});
  append(2, {make_event("a", 10, {}, "three")});
  append(1, {make_event("a", 10, {}, "one"), make_event("a", 10, {}, "four")});
  under_test_->reopen();
  EXPECT_EQ(listed({}), "one two three four");
  store::VariantQuery asked;
  asked.limit = 2;
  EXPECT_EQ(listed(asked), "one two");
  EXPECT_EQ(variants(asked).front().sid, make_event("a", 10, {}).sid);
  EXPECT_EQ(variants(asked).front().workspace, workspace(1));
  asked.after = variants(asked).back().number;
  EXPECT_EQ(listed(asked), "three four");
  asked.workspace = workspace(1);
  EXPECT_EQ(listed(asked), "four");
  asked.after = variants({}).back().number;
  EXPECT_EQ(listed(asked), "");
}

TEST_P(VariantContract, a_part_ends_with_the_one_that_reaches_the_bound) {
  append(1, {make_event("a", 10, {}, "first")});
  append(1, {make_event("a", 10, {}, "one"), make_event("a", 10, {}, "two"), make_event("a", 10, {}, "three")});
  store::VariantQuery asked;
  asked.bytes_max = 4;
  EXPECT_EQ(listed(asked), "one two");
  asked.bytes_max = 1;
  EXPECT_EQ(listed(asked), "one");
}

INSTANTIATE_TEST_SUITE_P(Stores, VariantContract, ::testing::ValuesIn(store_kinds().begin(), store_kinds().end()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace waybill::testing
