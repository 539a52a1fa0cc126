// What every store must do with what is kept aside (src/store/rejects.h says it in words).
#include <gtest/gtest.h>

#include "support/stores.h"

namespace waybill::testing {
namespace {

using base::ErrorCode;
using store::Reject;
using store::RejectForm;
using store::RejectQuery;
using store::RejectRoad;

class RejectContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  store::EventStore& store() { return under_test_->store(); }
  store::Rejects& rejects() { return store().rejects(); }

  static Reject reject(std::string body, std::uint8_t workspace = 1, RejectRoad road = RejectRoad::kCallback) {
    Reject out;
    out.account = model::AccountNumber{1};
    out.workspace_text = workspace_sid(workspace).to_text();
    out.road = road;
    out.form = RejectForm::kForm;
    out.arrived = base::from_ms(5'000);
    out.origin = "127.0.0.1";
    out.place = "line 7";
    out.problem = "sid: is missing";
    out.body = std::move(body);
    return out;
  }

  void keep(const std::vector<Reject>& some) { ASSERT_TRUE(rejects().keep(some)); }

  // "1 a, 2 b x3" for number, bytes, and how often where that is more than once.
  std::string shown(const RejectQuery& query = {}) {
    const auto found = rejects().list(query);
    EXPECT_TRUE(found) << found.error().message();
    std::string out;
    for (const Reject& one : *found) {
      out += (out.empty() ? "" : ", ") + std::to_string(one.number) + " " + one.body;
      if (one.times > 1) out += " x" + std::to_string(one.times);
    }
    return out;
  }

  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

TEST_P(RejectContract, an_empty_place_has_nothing) {
  EXPECT_EQ(shown(), "");
  EXPECT_FALSE(*rejects().find(1));
  const auto figures = rejects().figures();
  EXPECT_EQ(figures->count, 0U);
  EXPECT_EQ(figures->bytes, 0U);
  EXPECT_FALSE(figures->oldest);
  EXPECT_EQ(figures->limits.count, 10'000U);
  EXPECT_EQ(figures->limits.bytes, 64U * 1024 * 1024);
}

TEST_P(RejectContract, what_is_kept_is_there_after_the_next_start) {
  Reject odd = reject(std::string("\0\xff\n{", 4));
  odd.account.reset();
  odd.workspace_text = "";
  odd.road = RejectRoad::kEventStream;
  odd.form = RejectForm::kCloudEvent;
  keep({reject("a"), odd});
  under_test_->reopen();
  const auto first = rejects().find(1);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->account, model::AccountNumber{1});
  EXPECT_EQ((*first)->workspace_text, workspace_sid(1).to_text());
  EXPECT_EQ((*first)->road, RejectRoad::kCallback);
  EXPECT_EQ((*first)->form, RejectForm::kForm);
  EXPECT_EQ((*first)->arrived, base::from_ms(5'000));
  EXPECT_EQ((*first)->last_arrived, base::from_ms(5'000));
  EXPECT_EQ((*first)->origin + (*first)->place + (*first)->problem, "127.0.0.1line 7sid: is missing");
  const auto second = rejects().find(2);
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->body, odd.body);
  EXPECT_FALSE((*second)->account);
  EXPECT_EQ((*second)->road, RejectRoad::kEventStream);
  EXPECT_EQ((*second)->form, RejectForm::kCloudEvent);
}

TEST_P(RejectContract, the_same_element_again_is_counted_and_not_kept_twice) {
  const Reject three[] = {reject("a"), reject("b"), reject("a")};
  EXPECT_EQ(*rejects().keep(three), (std::vector<std::uint64_t>{1, 2, 1}));
  Reject later = reject("b");
  later.arrived = base::from_ms(9'000);
  later.place = "line 8";
  later.problem = "sid: is no sid";
  EXPECT_EQ(*rejects().keep({&later, 1}), std::vector<std::uint64_t>{2});
  EXPECT_EQ(shown(), "1 a x2, 2 b x2");
  const auto found = rejects().find(2);
  EXPECT_EQ((*found)->arrived, base::from_ms(5'000));
  EXPECT_EQ((*found)->last_arrived, base::from_ms(9'000));
  EXPECT_EQ((*found)->place, "line 8");
  EXPECT_EQ((*found)->problem, "sid: is no sid");
  // The same bytes elsewhere are another element.
  keep({reject("a", 2), reject("a", 1, RejectRoad::kImport)});
  const auto figures = rejects().figures();
  EXPECT_EQ(figures->count, 4U);
  EXPECT_EQ(figures->kept, (std::array<std::uint64_t, 5>{0, 5, 0, 0, 1})) << "by road, repetitions too";
}

TEST_P(RejectContract, lists_are_cut_by_number_and_filtered) {
  keep({reject("a"), reject("b", 2), reject("c", 1, RejectRoad::kPull), reject("d")});
  EXPECT_EQ(shown({.limit = 2}), "1 a, 2 b");
  EXPECT_EQ(shown({.after = 2, .limit = 2}), "3 c, 4 d");
  EXPECT_EQ(shown({.workspace = workspace_sid(2)}), "2 b");
  EXPECT_EQ(shown({.road = RejectRoad::kPull}), "3 c");
  EXPECT_EQ(shown({.workspace = workspace_sid(1), .road = RejectRoad::kCallback, .after = 1}), "4 d");
  EXPECT_EQ(shown({.bytes_max = 1}), "1 a");
  Reject capitals = reject("e");
  capitals.workspace_text = "WS000000000000000000000000000000AB";
  keep({capitals});
  EXPECT_EQ(shown({.workspace = workspace_sid(0xab)}), "5 e");
}

TEST_P(RejectContract, what_is_dropped_is_gone_and_its_number_comes_never_again) {
  keep({reject("a"), reject("b"), reject("c", 2)});
  const std::uint64_t numbers[] = {3, 9};
  EXPECT_EQ(*rejects().drop(numbers), 1U);
  EXPECT_EQ(*rejects().drop(numbers), 0U);
  under_test_->reopen();
  keep({reject("d", 2)});
  EXPECT_EQ(shown(), "1 a, 2 b, 4 d");
  EXPECT_EQ(*rejects().drop_all({.workspace = workspace_sid(2)}), 1U);
  EXPECT_EQ(shown(), "1 a, 2 b");
  EXPECT_EQ(*rejects().drop_all({}), 2U);
  const auto figures = rejects().figures();
  EXPECT_EQ(figures->count + figures->bytes, 0U);
}

TEST_P(RejectContract, another_try_changes_the_problem_alone) {
  keep({reject("a")});
  const std::uint64_t bytes = rejects().figures()->bytes;
  ASSERT_TRUE(rejects().set_problem(1, "sid: is missing, and so on"));
  EXPECT_EQ((*rejects().find(1))->problem, "sid: is missing, and so on");
  EXPECT_EQ(rejects().figures()->bytes, bytes + 11);
  const auto refused = rejects().set_problem(2, "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
  keep({reject("b")});  // the place goes on
}

TEST_P(RejectContract, a_full_place_takes_what_it_knows_and_nothing_else) {
  std::vector<Reject> many;
  for (int i = 0; i < 9'999; ++i) many.push_back(reject(std::to_string(i)));
  keep(many);
  const Reject two[] = {reject("x"), reject("y")};
  const auto refused = rejects().keep(two);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kStorageFull);
  EXPECT_NE(refused.error().message().find("10000 elements"), std::string::npos) << refused.error().message();
  EXPECT_EQ(rejects().figures()->count, 9'999U) << "all of them or none";
  keep({reject("x")});
  EXPECT_FALSE(rejects().keep({two + 1, 1}));
  keep({reject("x"), reject("17")});
  EXPECT_EQ(rejects().figures()->count, 10'000U);
  const std::uint64_t number = 1;
  ASSERT_EQ(*rejects().drop({&number, 1}), 1U);
  keep({reject("y")});
}

TEST_P(RejectContract, posts_fill_half_of_the_place_and_no_more) {
  std::vector<Reject> many;
  for (int i = 0; i < 5'000; ++i) many.push_back(reject(std::to_string(i), 1, RejectRoad::kPost));
  keep(many);
  const Reject post = reject("x", 1, RejectRoad::kPost);
  const auto refused = rejects().keep({&post, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kStorageFull);
  EXPECT_NE(refused.error().message().find("the share of POST"), std::string::npos) << refused.error().message();
  EXPECT_NE(refused.error().message().find("5000 elements"), std::string::npos) << refused.error().message();
  keep({many.front(), reject("x")});
  for (Reject& one : many) one.road = RejectRoad::kEventStream;
  many.pop_back();
  keep(many);
  EXPECT_EQ(rejects().figures()->count, 10'000U);
}

TEST_P(RejectContract, bytes_of_posts_are_half_of_the_bytes_too) {
  const Reject large = reject(std::string(33UL * 1024 * 1024, 'x'), 1, RejectRoad::kPost);
  const auto refused = rejects().keep({&large, 1});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("33554432 bytes"), std::string::npos) << refused.error().message();
  EXPECT_EQ(rejects().figures()->count, 0U);
}

TEST_P(RejectContract, bytes_fill_the_place_too) {
  const std::string large(33UL * 1024 * 1024, 'x');
  keep({reject(large)});
  Reject other = reject(large + "y");
  const auto refused = rejects().keep({&other, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kStorageFull);
  EXPECT_NE(refused.error().message().find("67108864 bytes"), std::string::npos) << refused.error().message();
  keep({reject("small")});
}

TEST_P(RejectContract, what_came_last_before_a_time_expires) {
  keep({reject("a"), reject("b")});
  Reject again = reject("b");
  again.arrived = base::from_ms(8'000);
  keep({again});
  EXPECT_EQ(rejects().figures()->oldest, base::from_ms(5'000));
  EXPECT_EQ(*rejects().expire(base::from_ms(5'000)), 0U);
  EXPECT_EQ(*rejects().expire(base::from_ms(5'001)), 1U);
  EXPECT_EQ(shown(), "2 b x2");
  EXPECT_EQ(rejects().figures()->oldest, base::from_ms(8'000));
}

TEST_P(RejectContract, an_erasure_takes_what_may_be_of_it) {
  const model::Account account = make_first_account(store());
  const store::Unit unit = make_unit(account, 1, {make_event("a", 4'000, {})});
  ASSERT_TRUE(store().append({&unit, 1}));
  const std::string task = "WT" + std::string(32, 'a');
  keep({reject("TaskSid=" + task), reject("TaskSid=WT" + std::string(32, 'b')), reject("no task"),
        reject("TaskSid=" + task, 2)});
  store::ErasureRequest request;
  request.workspace = store().workspaces(account.number).front().number;
  request.subject = *model::parse_term(model::Dimension::kTask, task);
  EXPECT_EQ(store().would_erase(request)->rejects, 2U);
  ASSERT_TRUE(store().erase(request));
  EXPECT_EQ(shown(), "2 TaskSid=WT" + std::string(32, 'b') + ", 4 TaskSid=" + task);
  request.subject.reset();
  EXPECT_EQ(store().would_erase(request)->rejects, 1U);
  ASSERT_TRUE(store().erase(request));
  EXPECT_EQ(shown(), "4 TaskSid=" + task);
}

INSTANTIATE_TEST_SUITE_P(Stores, RejectContract, ::testing::ValuesIn(store_kinds().begin(), store_kinds().end()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace waybill::testing
