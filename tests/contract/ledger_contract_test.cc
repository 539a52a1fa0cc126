// What the ledger of every store must do (src/store/ledger.h says it in words).
#include <gtest/gtest.h>

#include "support/stores.h"

namespace waybill::testing {
namespace {

using base::ErrorCode;
using store::Feed;
using store::FeedRoad;
using store::Gap;
using store::GapReason;
using store::LedgerSubject;
using store::Pull;

constexpr std::int64_t kDay = 86'400'000;

base::WallTime at(std::int64_t ms) { return base::from_ms(ms); }
LedgerSubject subject(std::uint8_t workspace, std::uint32_t account = 1) {
  return {model::AccountNumber{account}, workspace_sid(workspace)};
}

class LedgerContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  store::Ledger& ledger() { return under_test_->store().ledger(); }
  void reopen() { under_test_->reopen(); }

  std::string pulls(const LedgerSubject& of) {
    const auto pulls = ledger().pulls(of);
    EXPECT_TRUE(pulls);
    std::string out;
    for (const Pull& pull : *pulls) {
      EXPECT_EQ(pull.subject, of);
      out += pull.source + " " + std::to_string(base::to_ms(pull.from)) + "-" + std::to_string(base::to_ms(pull.to)) +
             " asked " + std::to_string(base::to_ms(pull.asked)) + " to " +
             std::to_string(base::to_ms(pull.asked_last)) + ", " + std::to_string(pull.events) + " events; ";
    }
    return out;
  }

  std::string gaps(const LedgerSubject& of) {
    const auto gaps = ledger().gaps(of);
    EXPECT_TRUE(gaps);
    std::string out;
    for (const Gap& gap : *gaps) {
      out += std::string(gap.subject ? "own " : "all ") + std::to_string(base::to_ms(gap.from)) + "-" +
             std::to_string(base::to_ms(gap.to)) + " " + gap.detail + "; ";
    }
    return out;
  }

  std::string feeds(const LedgerSubject& of) {
    const auto feeds = ledger().feeds(of);
    EXPECT_TRUE(feeds);
    std::string out;
    for (const Feed& feed : *feeds) {
      out += std::to_string(static_cast<int>(feed.road)) + ": " + std::to_string(base::to_ms(feed.first)) + "-" +
             std::to_string(base::to_ms(feed.last)) + " " + std::to_string(feed.events) + "; ";
    }
    return out;
  }

  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

TEST_P(LedgerContract, an_empty_one_knows_nothing) {
  EXPECT_EQ(pulls(subject(1)), "");
  EXPECT_EQ(gaps(subject(1)), "");
  EXPECT_EQ(feeds(subject(1)), "");
  EXPECT_TRUE(ledger().subjects()->empty());
  EXPECT_FALSE(*ledger().last_alive());
}

TEST_P(LedgerContract, pulls_are_joined_by_source_and_kept_apart_by_workspace_and_account) {
  ASSERT_TRUE(ledger().record_pull({subject(1), at(0), at(99), at(2 * kDay), "a", 5}));
  ASSERT_TRUE(ledger().record_pull({subject(1), at(100), at(199), at(2 * kDay + 1), "a", 6}));
  ASSERT_TRUE(ledger().record_pull({subject(1), at(0), at(99), at(2 * kDay), "b", 1}));
  ASSERT_TRUE(ledger().record_pull({subject(2), at(200), at(299), at(2 * kDay), "a", 2}));
  ASSERT_TRUE(ledger().record_pull({subject(1, 2), at(200), at(299), at(2 * kDay), "a", 3}));
  reopen();
  EXPECT_EQ(pulls(subject(1)),
            "a 0-199 asked 172800000 to 172800001, 11 events; "
            "b 0-99 asked 172800000 to 172800000, 1 events; ");
  EXPECT_EQ(pulls(subject(2)), "a 200-299 asked 172800000 to 172800000, 2 events; ");
  EXPECT_EQ(pulls(subject(1, 2)), "a 200-299 asked 172800000 to 172800000, 3 events; ");
  EXPECT_EQ(*ledger().subjects(), (std::vector{subject(1), subject(2), subject(1, 2)}));
}

TEST_P(LedgerContract, a_later_pull_takes_the_place_of_an_earlier_one) {
  ASSERT_TRUE(ledger().record_pull({subject(1), at(0), at(299), at(299), "a", 3}));
  ASSERT_TRUE(ledger().record_pull({subject(1), at(100), at(199), at(2 * kDay), "a", 9}));
  reopen();
  EXPECT_EQ(pulls(subject(1)),
            "a 0-99 asked 299 to 299, 1 events; a 100-199 asked 172800000 to 172800000, 9 events; "
            "a 200-299 asked 299 to 299, 1 events; ");
}

TEST_P(LedgerContract, gaps_of_every_workspace_are_everybodys) {
  ASSERT_TRUE(ledger().record_gap({std::nullopt, at(500), at(600), GapReason::kAbsent, "down"}));
  ASSERT_TRUE(ledger().record_gap({subject(1), at(100), at(200), GapReason::kRefused, "signature"}));
  ASSERT_TRUE(ledger().record_gap({subject(1), at(201), at(300), GapReason::kRefused, "signature"}));
  ASSERT_TRUE(ledger().record_gap({subject(1), at(150), at(160), GapReason::kUnreachable, "signature"}));
  ASSERT_TRUE(ledger().record_gap({std::nullopt, at(100'000), at(100'001), GapReason::kAbsent, "down"}));
  reopen();
  EXPECT_EQ(gaps(subject(1)),
            "own 100-300 signature; own 150-160 signature; all 500-600 down; all 100000-100001 down; ");
  EXPECT_EQ(gaps(subject(2)), "all 500-600 down; all 100000-100001 down; ");
  EXPECT_EQ(*ledger().subjects(), std::vector{subject(1)});
}

TEST_P(LedgerContract, feeds_add_up) {
  const Feed some[] = {{subject(1), FeedRoad::kEventStream, at(50), at(60), 3},
                       {subject(1), FeedRoad::kCallback, at(100), at(200), 10},
                       {subject(2), FeedRoad::kCallback, at(1), at(2), 1}};
  const Feed more[] = {{subject(1), FeedRoad::kCallback, at(90), at(150), 5}};
  ASSERT_TRUE(ledger().record_feeds(some));
  ASSERT_TRUE(ledger().record_feeds(more));
  ASSERT_TRUE(ledger().record_feeds({}));
  reopen();
  EXPECT_EQ(feeds(subject(1)), "1: 90-200 15; 2: 50-60 3; ");
  EXPECT_EQ(feeds(subject(2)), "1: 1-2 1; ");
}

TEST_P(LedgerContract, the_last_sign_of_life_counts) {
  ASSERT_TRUE(ledger().record_alive(at(10)));
  ASSERT_TRUE(ledger().record_alive(at(20)));
  reopen();
  EXPECT_EQ(*ledger().last_alive(), at(20));
}

TEST_P(LedgerContract, an_empty_span_is_refused) {
  const Feed feed{subject(1), FeedRoad::kCallback, at(2), at(1), 1};
  const base::Result<void> answers[] = {ledger().record_pull({subject(1), at(2), at(1), at(kDay), "a", 0}),
                                        ledger().record_gap({std::nullopt, at(2), at(1), GapReason::kAbsent, ""}),
                                        ledger().record_feeds({&feed, 1})};
  for (const auto& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(ledger().subjects()->empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, LedgerContract, ::testing::ValuesIn(store_kinds().begin(), store_kinds().end()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace waybill::testing
