#include "ledger/recorder.h"

#include <string>

#include <gtest/gtest.h>

#include "store/memory/memory_ledger.h"

namespace waybill::ledger {
namespace {

using store::FeedRoad;
using store::LedgerSubject;

constexpr std::int64_t kSecond = 1'000;

base::WallTime at(std::int64_t seconds) { return base::from_ms(seconds * kSecond); }
LedgerSubject subject(std::uint8_t workspace) {
  model::SidBytes bytes{};
  bytes.back() = workspace;
  return {model::AccountNumber{1}, model::WorkspaceSid(bytes)};
}

// A ledger whose disk may fail.
class FailingLedger final : public store::Ledger {
 public:
  base::Result<void> record_feeds(std::span<const store::Feed> feeds) override {
    if (fails_) return base::storage_full("full");
    return inner_.record_feeds(feeds);
  }
  base::Result<void> record_alive(base::WallTime now) override {
    if (fails_) return base::storage_full("full");
    return inner_.record_alive(now);
  }
  [[nodiscard]] base::Result<std::vector<store::Pull>> pulls(const LedgerSubject& of) const override {
    return inner_.pulls(of);
  }
  [[nodiscard]] base::Result<std::vector<store::Gap>> gaps(const LedgerSubject& of) const override {
    return inner_.gaps(of);
  }
  [[nodiscard]] base::Result<std::vector<store::Feed>> feeds(const LedgerSubject& of) const override {
    return inner_.feeds(of);
  }
  [[nodiscard]] base::Result<std::vector<LedgerSubject>> subjects() const override { return inner_.subjects(); }
  [[nodiscard]] base::Result<std::vector<store::SubjectChanges>> changes() const override { return inner_.changes(); }
  [[nodiscard]] base::Result<std::optional<base::WallTime>> last_alive() const override { return inner_.last_alive(); }

  void set_fails(bool fails) { fails_ = fails; }

 private:
  base::Result<void> add(const store::Pull& pull, store::Teller teller) override {
    return inner_.record_pull(pull, teller);
  }
  base::Result<void> add(const store::Gap& gap, store::Teller teller) override {
    if (fails_) return base::storage_full("full");
    return inner_.record_gap(gap, teller);
  }

  store::MemoryLedger inner_;
  bool fails_ = false;
};

class RecorderTest : public ::testing::Test {
 protected:
  // "40-110 no server ran; " in seconds.
  std::string gaps(const LedgerSubject& of) {
    const auto gaps = ledger_.gaps(of);
    std::string out;
    for (const store::Gap& gap : *gaps) {
      out += std::to_string(base::to_ms(gap.from) / kSecond) + "-" + std::to_string(base::to_ms(gap.to) / kSecond) +
             " " + gap.detail + "; ";
    }
    return out;
  }

  FailingLedger ledger_;
};

TEST_F(RecorderTest, the_first_start_is_no_absence) {
  Recorder recorder(ledger_);
  ASSERT_TRUE(recorder.begin(at(100)));
  ASSERT_TRUE(recorder.beat(at(105)));
  EXPECT_EQ(gaps(subject(1)), "");
  EXPECT_EQ(*ledger_.last_alive(), at(105));
}

TEST_F(RecorderTest, a_full_disk_keeps_no_server_from_beginning_and_hides_no_absence) {
  ASSERT_TRUE(ledger_.record_alive(at(100)));
  Recorder recorder(ledger_);
  ledger_.set_fails(true);
  ASSERT_TRUE(recorder.begin(at(500)));
  ASSERT_EQ(recorder.waiting(subject(1)).gaps.size(), 1U);
  EXPECT_EQ(gaps(subject(1)), "");
  EXPECT_EQ(*ledger_.last_alive(), at(100)) << "a process that ends now has a longer absence";
  ledger_.set_fails(false);
  ASSERT_TRUE(recorder.beat(at(505)));
  EXPECT_EQ(gaps(subject(1)), "40-500 no server ran; ");
  EXPECT_EQ(*ledger_.last_alive(), at(505));
}

TEST_F(RecorderTest, what_was_told_is_known_before_it_is_written) {
  Recorder recorder(ledger_);
  ASSERT_TRUE(recorder.begin(at(100)));
  recorder.received(subject(1), FeedRoad::kCallback, at(102), 3);
  recorder.refused(std::nullopt, at(103), "of nobody");
  recorder.refused(subject(2), at(103), "of another");
  const auto known = [&](std::uint8_t workspace) {
    const Facts waiting = recorder.waiting(subject(workspace));
    return with_waiting(*read_facts(ledger_, subject(workspace)), waiting);
  };
  for (const bool fails : {false, true}) {
    ledger_.set_fails(fails);
    ASSERT_EQ(known(1).feeds.size(), 1U);
    EXPECT_EQ(known(1).feeds.front().first, at(102));
    ASSERT_EQ(known(1).gaps.size(), 1U);
    EXPECT_EQ(known(1).gaps.front().detail, store::kUnprovenDetail);
    EXPECT_EQ(known(2).gaps.size(), 2U);
    EXPECT_TRUE(known(2).feeds.empty());
    EXPECT_EQ(recorder.beat(at(105)).has_value(), !fails);
    EXPECT_TRUE(fails || recorder.waiting(subject(1)).feeds.empty()) << "it is in the ledger now";
  }
  // A road that the ledger has and that goes on is one road.
  recorder.received(subject(1), FeedRoad::kCallback, at(108), 2);
  ASSERT_EQ(known(1).feeds.size(), 1U);
  EXPECT_EQ(known(1).feeds.front().last, at(108));
  EXPECT_EQ(known(1).feeds.front().events, 5U);
}

TEST_F(RecorderTest, a_start_opens_the_span_since_the_last_sign_of_life) {
  ASSERT_TRUE(Recorder(ledger_).begin(at(100)));
  ASSERT_TRUE(Recorder(ledger_).begin(at(1'000)));
  EXPECT_EQ(gaps(subject(1)), "40-1000 no server ran; ");
}

TEST_F(RecorderTest, a_long_silence_between_two_beats_is_an_absence) {
  Recorder recorder(ledger_);
  ASSERT_TRUE(recorder.begin(at(100)));
  ASSERT_TRUE(recorder.beat(at(130)));
  EXPECT_EQ(gaps(subject(1)), "");
  ASSERT_TRUE(recorder.beat(at(161)));
  EXPECT_EQ(gaps(subject(1)), "70-161 the server stood still; ");
}

TEST_F(RecorderTest, a_refused_request_opens_the_span_before_it) {
  Recorder recorder(ledger_);
  ASSERT_TRUE(recorder.begin(at(0)));
  recorder.refused(subject(1), at(100), "signature");
  recorder.refused(subject(1), at(110), "signature");
  ASSERT_TRUE(recorder.beat(at(5)));
  EXPECT_EQ(gaps(subject(1)), "40-110 signature; ");
  EXPECT_EQ(gaps(subject(2)), "");
}

TEST_F(RecorderTest, requests_of_nobody_are_one_gap_that_opens_nothing_however_many_there_are) {
  Recorder recorder(ledger_);
  ASSERT_TRUE(recorder.begin(at(0)));
  recorder.received(subject(1), FeedRoad::kCallback, at(100), 1);
  ASSERT_TRUE(ledger_.record_pull({subject(1), at(0), at(200), at(5'000), "up", 1}));
  const auto seen = [&] {
    const Completeness known = completeness(*read_facts(ledger_, subject(1)), {at(50'000), kSettlingDefault, {}});
    return std::pair(known.complete_through, known.spans.size());
  };
  ASSERT_TRUE(recorder.beat(at(5)));
  const auto before = seen();
  for (std::int64_t day = 0; day < 30; ++day) {
    for (int i = 0; i < 50; ++i) recorder.refused(std::nullopt, at(86'400 * day + i), "no_signature");
    ASSERT_TRUE(recorder.beat(at(86'400 * day + 60)));
  }
  EXPECT_NE(gaps(subject(1)).find("0-2505649 " + std::string(store::kUnprovenDetail)), std::string::npos)
      << gaps(subject(1));
  std::size_t of_nobody = 0;
  const auto known = ledger_.gaps(subject(1));
  for (const store::Gap& gap : *known) of_nobody += store::is_unproven(gap) ? 1 : 0;
  EXPECT_EQ(of_nobody, 1U);
  const auto after = seen();
  EXPECT_EQ(after.first, before.first);
}

TEST_F(RecorderTest, what_feeds_bring_adds_up) {
  Recorder recorder(ledger_);
  recorder.received(subject(1), FeedRoad::kCallback, at(10), 2);
  recorder.received(subject(1), FeedRoad::kCallback, at(20), 3);
  recorder.received(subject(1), FeedRoad::kEventStream, at(15), 1);
  ASSERT_TRUE(recorder.beat(at(25)));
  ASSERT_TRUE(recorder.beat(at(30)));
  const auto feeds = *ledger_.feeds(subject(1));
  ASSERT_EQ(feeds.size(), 2U);
  EXPECT_EQ(feeds[0].events, 5U);
  EXPECT_EQ(feeds[0].first, at(10));
  EXPECT_EQ(feeds[0].last, at(20));
}

TEST_F(RecorderTest, what_could_not_be_written_waits_and_no_sign_of_life_overtakes_it) {
  Recorder recorder(ledger_);
  ASSERT_TRUE(recorder.begin(at(0)));
  recorder.refused(subject(1), at(100), "disk");
  recorder.received(subject(1), FeedRoad::kCallback, at(10), 2);
  ledger_.set_fails(true);
  EXPECT_FALSE(recorder.beat(at(5)));
  EXPECT_EQ(*ledger_.last_alive(), at(0));
  ledger_.set_fails(false);
  ASSERT_TRUE(recorder.beat(at(10)));
  EXPECT_EQ(gaps(subject(1)), "40-100 disk; ");
  EXPECT_EQ(ledger_.feeds(subject(1))->front().events, 2U);
  EXPECT_EQ(*ledger_.last_alive(), at(10));
}

TEST_F(RecorderTest, more_than_it_keeps_is_noted_of_every_workspace) {
  Recorder recorder(ledger_);
  for (std::size_t i = 0; i < kWaitingMax + 10; ++i) {
    recorder.refused(subject(1), at(100), "reason " + std::to_string(i));
  }
  recorder.refused(std::nullopt, at(100), "no_signature");
  ASSERT_TRUE(recorder.beat(at(5)));
  EXPECT_EQ(gaps(subject(2)),
            "40-100 many requests were refused; 100-100 " + std::string(store::kUnprovenDetail) + "; ");
}

}  // namespace
}  // namespace waybill::ledger
