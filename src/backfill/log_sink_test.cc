#include "backfill/log_sink.h"

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "store/memory/memory_store.h"

namespace waybill::backfill {
namespace {

using base::ErrorCode;

// A place that fails as it is told.
class FailingRejects final : public store::Rejects {
 public:
  explicit FailingRejects(store::Rejects& rejects) : rejects_(rejects) {}

  base::Result<std::vector<std::uint64_t>> keep(std::span<const store::Reject> rejects) override {
    if (fail_with) return base::Error(*fail_with, "as told");
    return rejects_.keep(rejects);
  }
  [[nodiscard]] base::Result<std::vector<store::Reject>> list(const store::RejectQuery& query) const override {
    return rejects_.list(query);
  }
  [[nodiscard]] base::Result<std::optional<store::Reject>> find(std::uint64_t number) const override {
    return rejects_.find(number);
  }
  base::Result<void> set_problem(std::uint64_t number, const std::string& problem) override {
    return rejects_.set_problem(number, problem);
  }
  base::Result<std::uint64_t> drop(std::span<const std::uint64_t> numbers) override { return rejects_.drop(numbers); }
  base::Result<std::uint64_t> drop_all(const store::RejectQuery& query) override { return rejects_.drop_all(query); }
  base::Result<std::uint64_t> expire(base::WallTime time) override { return rejects_.expire(time); }
  [[nodiscard]] base::Result<store::RejectFigures> figures() const override { return rejects_.figures(); }

  std::optional<ErrorCode> fail_with;

 private:
  store::Rejects& rejects_;
};

class LogSinkTest : public ::testing::Test {
 protected:
  LogSinkTest() {
    const auto account = store_.create_account(
        {{}, *model::AccountSid::parse("AC00000000000000000000000000000001"), "token", "", clock_.now(), {}});
    sink_ = *LogSink::open({events_, store_.ledger(), rejects_, random_, clock_}, *account,
                           "WS00000000000000000000000000000001", {});
  }

  // Of a line that is no event: what a store fails with; nothing if it does not.
  std::optional<ErrorCode> failure() {
    const auto stored = sink_->store("no event\n");
    return stored ? std::nullopt : std::optional(stored.error().code());
  }

  base::testing::FakeClock clock_{base::from_ms(1'000'000)};
  base::SystemRandom random_;
  obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  store::MemoryStore store_{{1, "secret"}, {}, clock_, {}, {.count = 1}};
  FailingRejects rejects_{store_.rejects()};
  eventlog::EventLog events_{store_, log_, {}};
  std::unique_ptr<LogSink> sink_;
};

TEST_F(LogSinkTest, a_busy_store_is_tried_again_and_a_full_place_is_not) {
  rejects_.fail_with = ErrorCode::kBusy;
  EXPECT_EQ(failure(), ErrorCode::kBusy);
  rejects_.fail_with.reset();
  EXPECT_EQ(failure(), std::nullopt);
  const auto full = sink_->store("no event either\n");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code(), ErrorCode::kStorageFull);
  EXPECT_NE(full.error().message().find("the place for what cannot be stored is full"), std::string::npos);
}

}  // namespace
}  // namespace waybill::backfill
