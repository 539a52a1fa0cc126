// What the ledgers take of clients, and how they keep what the server tells when there is no room (src/store/ledger.h
// says it in words).
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "store/local/local_store.h"
#include "store/local/sql_ledger.h"
#include "store/memory/memory_ledger.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using base::ErrorCode;
using store::Gap;
using store::GapReason;
using store::LedgerSubject;
using store::Teller;

constexpr std::int64_t kApart = 1'000'000;  // gaps so far apart are not joined
constexpr store::LedgerLimits kLimits = {.workspace_gaps_max = 4,
                                         .workspace_pulls_max = 3,
                                         .workspace_sources_max = 2,
                                         .account_rows_max = 7,
                                         .account_bytes_max = 100};

base::WallTime at(std::int64_t ms) { return base::from_ms(ms); }
LedgerSubject subject(std::uint8_t workspace, std::uint32_t account = 1) {
  return {model::AccountNumber{account}, workspace_sid(workspace)};
}

struct LedgerKind {
  std::string name;
  bool is_local;
};

class LedgerQuota : public ::testing::TestWithParam<LedgerKind> {
 protected:
  LedgerQuota() { reopen(); }

  // What is counted is counted anew.
  void reopen() {
    if (!GetParam().is_local) {
      if (ledger_ == nullptr) ledger_ = std::make_unique<store::MemoryLedger>(kLimits);
      return;
    }
    ledger_.reset();
    if (!has_directory_) {
      const auto made = store::LocalStore::open(folder_.path(), {random_, clock_, log_, files_, records_differ}, {});
      EXPECT_TRUE(made.has_value());
      has_directory_ = true;
    }
    auto opened = store::SqlLedger::open(folder_.path(), {}, kLimits);
    ASSERT_TRUE(opened);
    ledger_ = *std::move(opened);
  }

  base::Result<void> tell_gap(const std::optional<LedgerSubject>& of, std::int64_t from, const std::string& detail,
                              Teller teller = Teller::kClient) {
    return ledger_->record_gap({of, at(from), at(from + 9), GapReason::kRefused, detail}, teller);
  }
  base::Result<void> tell_pull(const LedgerSubject& of, std::int64_t from, const std::string& source) {
    return ledger_->record_pull({of, at(from), at(from + 9), at(from + 100'000'000), source, 1}, Teller::kClient);
  }

  static void expect_refused(const base::Result<void>& result, const std::string& limit) {
    ASSERT_FALSE(result) << limit;
    EXPECT_EQ(result.error().code(), ErrorCode::kTooLarge);
    EXPECT_NE(result.error().message().find("(limit " + limit + ")"), std::string::npos) << result.error().message();
  }

  std::string gaps(const LedgerSubject& of) {
    std::string out;
    const auto known = ledger_->gaps(of);
    for (const Gap& gap : *known) {
      out +=
          std::to_string(base::to_ms(gap.from)) + "-" + std::to_string(base::to_ms(gap.to)) + " " + gap.detail + "; ";
    }
    return out;
  }

  base::testing::FakeClock clock_{base::from_ms(0)};
  base::SystemRandom random_;
  base::SystemFiles files_;
  obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  TemporaryFolder folder_;
  bool has_directory_ = false;
  std::unique_ptr<store::Ledger> ledger_;
};

TEST_P(LedgerQuota, a_workspace_holds_so_many_gaps_of_clients_and_what_is_joined_takes_no_room) {
  for (std::int64_t i = 0; i < 4; ++i) ASSERT_TRUE(tell_gap(subject(1), i * kApart, "d"));
  expect_refused(tell_gap(subject(1), 4 * kApart, "d"), "workspace_gaps_max");
  EXPECT_TRUE(tell_gap(subject(1), kApart + 5, "d"));
  reopen();
  expect_refused(tell_gap(subject(1), 4 * kApart, "d"), "workspace_gaps_max");
  EXPECT_TRUE(tell_gap(subject(2), 4 * kApart, "d"));
  EXPECT_EQ(gaps(subject(1)), "0-9 d; 1000000-1000014 d; 2000000-2000009 d; 3000000-3000009 d; ");
}

TEST_P(LedgerQuota, a_workspace_holds_so_many_spans_and_sources_of_pulls) {
  ASSERT_TRUE(tell_pull(subject(1), 0, "a"));
  ASSERT_TRUE(tell_pull(subject(1), 0, "b"));
  expect_refused(tell_pull(subject(1), 0, "c"), "workspace_sources_max");
  ASSERT_TRUE(tell_pull(subject(1), kApart, "a"));
  expect_refused(tell_pull(subject(1), 2 * kApart, "a"), "workspace_pulls_max");
  EXPECT_TRUE(tell_pull(subject(1), 10, "a"));
  reopen();
  expect_refused(tell_pull(subject(1), 2 * kApart, "a"), "workspace_pulls_max");
}

TEST_P(LedgerQuota, an_account_holds_so_many_rows_and_bytes_and_takes_nothing_from_another) {
  for (std::uint8_t i = 0; i < 7; ++i) ASSERT_TRUE(tell_gap(subject(i), 0, "d"));
  expect_refused(tell_gap(subject(7), 0, "d"), "account_rows_max");
  expect_refused(tell_pull(subject(7), 0, "a"), "account_rows_max");
  ASSERT_TRUE(tell_gap(subject(7, 2), 0, std::string(90, 'x')));
  expect_refused(tell_gap(subject(8, 2), 0, std::string(11, 'x')), "account_bytes_max");
  reopen();
  expect_refused(tell_gap(subject(8, 2), 0, std::string(11, 'x')), "account_bytes_max");
  EXPECT_TRUE(tell_gap(subject(8, 2), 0, std::string(10, 'x')));
}

TEST_P(LedgerQuota, what_the_server_tells_is_never_refused_and_stretches_a_gap_where_there_is_no_room) {
  for (std::int64_t i = 0; i < 4; ++i) ASSERT_TRUE(tell_gap(subject(1), i * kApart, i == 1 ? "other" : "d"));
  ASSERT_TRUE(tell_gap(subject(1), 6 * kApart, "d", Teller::kServer));
  const std::string stretched = "0-9 d; 1000000-1000009 other; 2000000-2000009 d; 3000000-6000009 d; ";
  EXPECT_EQ(gaps(subject(1)), stretched);
  reopen();
  ASSERT_TRUE(tell_gap(subject(1), 7 * kApart, "new", Teller::kServer));
  EXPECT_EQ(gaps(subject(1)), "0-9 d; 1000000-1000009 other; 2000000-2000009 d; 3000000-7000009 d; ");
  for (std::int64_t i = 0; i < 9; ++i) ASSERT_TRUE(tell_gap(std::nullopt, i * kApart, "down", Teller::kServer));
  EXPECT_EQ(gaps(subject(2)), "0-9 down; 1000000-1000009 down; 2000000-2000009 down; 3000000-8000009 down; ");
}

TEST_P(LedgerQuota, what_proves_nothing_is_one_gap_wherever_it_lies) {
  const std::string detail(store::kUnprovenDetail);
  for (const std::int64_t i : {5, 0, 9}) ASSERT_TRUE(tell_gap(std::nullopt, i * kApart, detail, Teller::kServer));
  ASSERT_TRUE(tell_gap(std::nullopt, kApart, "down", Teller::kServer));
  reopen();
  ASSERT_TRUE(tell_gap(std::nullopt, 20 * kApart, detail, Teller::kServer));
  EXPECT_EQ(gaps(subject(1)), "0-20000009 " + detail + "; 1000000-1000009 down; ");
}

TEST_P(LedgerQuota, changes_rise_with_each_fact_of_a_workspace_or_of_all) {
  const auto of = [&](const LedgerSubject& wanted) -> std::optional<std::uint64_t> {
    const auto known = ledger_->changes();
    for (const store::SubjectChanges& one : *known) {
      if (one.subject == wanted) return one.changes;
    }
    return std::nullopt;
  };
  EXPECT_EQ(of(subject(1)), std::nullopt);
  ASSERT_TRUE(tell_gap(subject(1), 0, "d"));
  ASSERT_TRUE(tell_gap(subject(2), 0, "d"));
  const auto first = of(subject(1));
  ASSERT_TRUE(first);
  ASSERT_TRUE(tell_gap(subject(2), kApart, "d"));
  EXPECT_EQ(of(subject(1)), first);
  ASSERT_TRUE(tell_pull(subject(1), 0, "a"));
  const auto second = of(subject(1));
  EXPECT_GT(second, first);
  ASSERT_TRUE(tell_gap(std::nullopt, 0, "down", Teller::kServer));
  const auto third = of(subject(1));
  EXPECT_GT(third, second);
  const store::Feed feed{subject(1), store::FeedRoad::kCallback, at(0), at(1), 1};
  ASSERT_TRUE(ledger_->record_feeds({&feed, 1}));
  EXPECT_GT(of(subject(1)), third);
  reopen();
  EXPECT_TRUE(of(subject(1)));
  EXPECT_EQ(ledger_->changes()->size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Ledgers, LedgerQuota,
                         ::testing::Values(LedgerKind{"memory", false}, LedgerKind{"local", true}),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace waybill::testing
