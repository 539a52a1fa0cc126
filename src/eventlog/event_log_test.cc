#include "eventlog/event_log.h"

#include <algorithm>
#include <atomic>
#include <latch>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::eventlog {
namespace {

using base::ErrorCode;

model::EventSid sid(std::uint8_t number) {
  model::SidBytes bytes{};
  bytes[15] = number;
  return model::EventSid(bytes);
}

store::Unit unit(std::uint8_t number, std::size_t record_bytes = 10) {
  store::Unit out{model::AccountNumber{1}, model::WorkspaceSid(model::SidBytes{}), "WS", base::from_ms(0), {}};
  out.events.push_back({sid(number), base::from_ms(1), {}, std::string(record_bytes, 'x')});
  return out;
}

// Notes what is appended, waits at a gate if there is one, and fails as it is told.
class ScriptedWriter final : public store::EventWriter {
 public:
  base::Result<std::vector<store::UnitOutcome>> append(std::span<const store::Unit> units) override {
    ++commits;
    largest = std::max<std::size_t>(largest, units.size());
    entered.count_down();
    if (gate != nullptr) gate->wait();
    if (fail_with) return base::Error(*fail_with, "as told");
    return std::vector<store::UnitOutcome>(units.size(), store::UnitOutcome{1, 0, 0});
  }

  [[nodiscard]] std::optional<base::Error> stopped() const override { return stopped_with; }

  std::atomic<int> commits = 0;
  std::atomic<std::size_t> largest = 0;  // units in one commit
  std::latch entered{1};
  std::latch* gate = nullptr;
  std::optional<ErrorCode> fail_with;
  std::optional<base::Error> stopped_with;
};

class EventLogTest : public ::testing::Test {
 protected:
  obs::Log log_{obs::LogForm::kText, obs::LogLevel::kError};
  ScriptedWriter writer_;
};

TEST_F(EventLogTest, what_gathers_during_a_commit_goes_into_the_next_one) {
  std::latch gate(1);
  writer_.gate = &gate;
  std::atomic<int> accepted = 0;
  {
    EventLog log(writer_, log_, {});
    const auto done = [&](const base::Result<store::UnitOutcome>& outcome) { accepted += outcome ? 1 : 0; };
    log.append(unit(1), done);
    writer_.entered.wait();
    for (std::uint8_t i = 2; i <= 50; ++i) log.append(unit(i), done);
    gate.count_down();
  }
  EXPECT_EQ(accepted, 50);
  EXPECT_EQ(writer_.commits, 2);
}

TEST_F(EventLogTest, a_few_unknown_members_of_each_call_are_logged_once_and_shortly) {
  const obs::Log told(obs::LogForm::kText, obs::LogLevel::kWarning);
  EventLog log(writer_, told, {});
  const auto lines_of = [&](const std::vector<std::string>& names) {
    ::testing::internal::CaptureStderr();
    log.note_unknown_members(names, names.size());
    return ::testing::internal::GetCapturedStderr();
  };
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("odd" + std::to_string(i));
  const std::string first = lines_of(many);
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 5);
  EXPECT_NE(first.find("odd4"), std::string::npos);
  EXPECT_NE(lines_of(many).find("odd5"), std::string::npos);
  EXPECT_EQ(lines_of({"odd0"}), "");
  EXPECT_LT(lines_of({std::string(100'000, 'n')}).size(), 400U);
}

TEST_F(EventLogTest, a_full_queue_refuses_at_once_and_keeps_what_it_has) {
  std::latch gate(1);
  writer_.gate = &gate;
  std::atomic<int> accepted = 0;
  std::atomic<int> busy = 0;
  {
    EventLog log(writer_, log_, {.queued_bytes_max = 10'000, .commit_events_max = 4096});
    const auto done = [&](const base::Result<store::UnitOutcome>& outcome) {
      if (outcome) {
        ++accepted;
      } else if (outcome.error().code() == ErrorCode::kBusy) {
        ++busy;
      }
    };
    log.append(unit(1), done);
    writer_.entered.wait();
    for (std::uint8_t i = 2; i <= 21; ++i) log.append(unit(i, 1000), done);
    EXPECT_GT(busy, 0);
    gate.count_down();
  }
  EXPECT_EQ(accepted + busy, 21);
  EXPECT_GT(accepted, 5);
}

TEST_F(EventLogTest, a_commit_is_bounded_in_events_and_in_bytes) {
  struct Case {
    EventLogLimits limits;
    std::size_t largest;
  };
  const Case cases[] = {
      {{.commit_events_max = 7}, 7},
      {{.commit_events_max = 1}, 1},
      {{.commit_bytes_max = 100'000}, 9},
      {{.commit_bytes_max = 1}, 1},
  };
  for (const Case& c : cases) {
    std::latch gate(1);
    ScriptedWriter writer;
    writer.gate = &gate;
    std::atomic<int> accepted = 0;
    {
      EventLog log(writer, log_, c.limits);
      const auto done = [&](const base::Result<store::UnitOutcome>& outcome) { accepted += outcome ? 1 : 0; };
      log.append(unit(1), done);
      writer.entered.wait();
      for (std::uint8_t i = 2; i <= 40; ++i) log.append(unit(i, 10'000), done);
      gate.count_down();
    }
    EXPECT_EQ(accepted, 40);
    EXPECT_EQ(writer.largest, c.largest);
  }
}

TEST_F(EventLogTest, a_full_disk_fails_the_unit_and_the_log_goes_on) {
  EventLog log(writer_, log_, {});
  writer_.fail_with = ErrorCode::kStorageFull;
  EXPECT_EQ(log.append_and_wait(unit(1)).error().code(), ErrorCode::kStorageFull);
  EXPECT_FALSE(log.stopped().has_value());
  writer_.fail_with = std::nullopt;
  EXPECT_TRUE(log.append_and_wait(unit(1)).has_value());
}

TEST_F(EventLogTest, what_cannot_be_read_fails_the_unit_and_the_log_goes_on) {
  for (const ErrorCode code : {ErrorCode::kCorruption, ErrorCode::kUnavailable, ErrorCode::kBusy}) {
    ScriptedWriter writer;
    EventLog log(writer, log_, {});
    writer.fail_with = code;
    EXPECT_EQ(log.append_and_wait(unit(1)).error().code(), code);
    EXPECT_FALSE(log.stopped().has_value());
    writer.fail_with = std::nullopt;
    EXPECT_TRUE(log.append_and_wait(unit(1)).has_value());
  }
}

TEST_F(EventLogTest, a_store_that_its_upkeep_has_stopped_stops_the_log_before_the_next_event) {
  obs::Metrics metrics;
  EventLogMetrics counted;
  counted.roads[0].refused = metrics.counter("waybill_refused", "Refused.");
  EventLog log(writer_, log_, {}, counted);
  writer_.stopped_with = base::io_error("a sync failed");
  EXPECT_EQ(log.stopped(), "a sync failed");
  EXPECT_EQ(log.append_and_wait(unit(1)).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(writer_.commits, 0);
  EXPECT_NE(metrics.text().find("waybill_refused 1"), std::string::npos) << metrics.text();
}

// What had queued before the log stopped is refused too, and counted.
TEST_F(EventLogTest, all_that_a_stopped_log_refuses_is_counted) {
  obs::Metrics metrics;
  EventLogMetrics counted;
  counted.roads[0].refused = metrics.counter("waybill_refused", "Refused.");
  std::latch gate(1);
  writer_.gate = &gate;
  writer_.fail_with = ErrorCode::kIo;
  {
    EventLog log(writer_, log_, {.commit_events_max = 1}, counted);
    log.append(unit(1), [](const base::Result<store::UnitOutcome>&) {});
    writer_.entered.wait();
    log.append(unit(2), [](const base::Result<store::UnitOutcome>&) {});
    log.append(unit(3), [](const base::Result<store::UnitOutcome>&) {});
    gate.count_down();
  }
  EXPECT_EQ(writer_.commits, 1);
  EXPECT_NE(metrics.text().find("waybill_refused 3"), std::string::npos) << metrics.text();
}

TEST_F(EventLogTest, a_failed_write_stops_it_for_good) {
  EventLog log(writer_, log_, {});
  writer_.fail_with = ErrorCode::kIo;
  EXPECT_EQ(log.append_and_wait(unit(1)).error().code(), ErrorCode::kIo);
  EXPECT_EQ(log.stopped(), "as told");
  writer_.fail_with = std::nullopt;
  EXPECT_EQ(log.append_and_wait(unit(2)).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(writer_.commits, 1);
}

}  // namespace
}  // namespace waybill::eventlog
