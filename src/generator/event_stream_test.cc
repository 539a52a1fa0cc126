#include "generator/event_stream.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "generator/testing/json_members.h"

namespace waybill::generator {
namespace {

Settings settings_for(std::uint64_t seed, std::uint64_t events, CentreSize size = {}) {
  Settings settings;
  settings.seed = seed;
  settings.events = events;
  settings.size = size;
  return settings;
}

std::vector<std::string> lines_of(const Settings& settings) {
  EventStream stream(settings);
  std::vector<std::string> out;
  for (std::string line; stream.next(line);) out.push_back(line);
  return out;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

// What follows the name of a member that occurs nowhere else in the line: quicker than member_of, for the long streams.
std::string_view after(std::string_view line, std::string_view name) {
  return line.substr(line.rfind(name) + name.size());
}

std::int64_t time_of(const std::string& line) {
  return std::stoll(std::string(after(line, R"("event_date_ms":)").substr(0, 16)));
}

std::string type_of(const std::string& line) {
  const std::string_view rest = after(line, R"("event_type":")");
  return std::string(rest.substr(0, rest.find('"')));
}

std::int64_t latest_of(const std::vector<std::string>& lines) {
  std::int64_t latest = 0;
  for (const std::string& line : lines) latest = std::max(latest, time_of(line));
  return latest;
}

constexpr base::WallTime kEnd = base::from_ms(1'790'000'000'123);

TEST(EventStream, HasExactlyAsManyLinesAsAskedFor) {
  for (const std::uint64_t events : {0U, 1U, 2U, 999U, 5'000U}) {
    EventStream stream(settings_for(1, events));
    std::string line;
    for (std::uint64_t i = 0; i < events; ++i) ASSERT_TRUE(stream.next(line));
    const std::string last = line;
    EXPECT_FALSE(stream.next(line));
    EXPECT_FALSE(stream.next(line));
    EXPECT_EQ(line, last);
  }
}

TEST(EventStream, TheSameSettingsGiveTheSameBytes) {
  EXPECT_EQ(lines_of(settings_for(5, 3'000)), lines_of(settings_for(5, 3'000)));
  EXPECT_NE(lines_of(settings_for(5, 100)), lines_of(settings_for(6, 100)));
}

// Goal: the bytes are the same on every machine and with every compiler. Who changes what a stream says, on purpose,
// changes the number too.
TEST(EventStream, TheFirstTenThousandLinesAreTheseBytes) {
  Settings settings = settings_for(42, 10'000);
  settings.start = kEnd;
  EXPECT_EQ(base::hash64(text_of(lines_of(settings))), 14'385'554'260'817'025'606U);
}

TEST(EventStream, AShorterStreamIsTheBeginningOfALongerOne) {
  const std::vector<std::string> longer = lines_of(settings_for(7, 2'000));
  const std::vector<std::string> shorter = lines_of(settings_for(7, 500));
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
}

TEST(EventStream, GivenSidsAreUsed) {
  Settings settings = settings_for(1, 500);
  settings.account_sid = "AC00000000000000000000000000000001";
  settings.workspace_sid = "WS00000000000000000000000000000002";
  for (const std::string& line : lines_of(settings)) {
    ASSERT_EQ(member_of(line, "account_sid"), settings.account_sid);
    ASSERT_EQ(member_of(line, "workspace_sid"), settings.workspace_sid);
  }
  EXPECT_EQ(EventStream(settings).workspace_sid(), settings.workspace_sid);
}

TEST(EventStream, NoEventComesTwice) {
  std::set<std::string> sids;
  const std::vector<std::string> lines = lines_of(settings_for(8, 20'000));
  for (const std::string& line : lines) sids.insert(line.substr(0, 44));
  EXPECT_EQ(sids.size(), lines.size());
}

constexpr std::string_view kTypes[] = {"activity.created",
                                       "activity.updated",
                                       "activity.deleted",
                                       "reservation.created",
                                       "reservation.accepted",
                                       "reservation.rejected",
                                       "reservation.timeout",
                                       "reservation.canceled",
                                       "reservation.rescinded",
                                       "reservation.completed",
                                       "reservation.failed",
                                       "reservation.wrapup",
                                       "task.created",
                                       "task.updated",
                                       "task.canceled",
                                       "task.wrapup",
                                       "task.completed",
                                       "task.deleted",
                                       "task.system-deleted",
                                       "task.transfer-initiated",
                                       "task.transfer-attempt-failed",
                                       "task.transfer-failed",
                                       "task.transfer-canceled",
                                       "task.transfer-completed",
                                       "task-channel.created",
                                       "task-channel.updated",
                                       "task-channel.deleted",
                                       "task-queue.created",
                                       "task-queue.deleted",
                                       "task-queue.expression.updated",
                                       "task-queue.entered",
                                       "task-queue.timeout",
                                       "task-queue.moved",
                                       "worker.created",
                                       "worker.activity.update",
                                       "worker.attributes.update",
                                       "worker.deleted",
                                       "worker.capacity.update",
                                       "worker.channel.availability.update",
                                       "workflow.created",
                                       "workflow.updated",
                                       "workflow.deleted",
                                       "workflow.target-matched",
                                       "workflow.entered",
                                       "workflow.timeout",
                                       "workflow.skipped",
                                       "workspace.created",
                                       "workspace.updated",
                                       "workspace.deleted"};

TEST(EventStream, AllTypesOccurInTwentyThousandEventsOfAnyCentre) {
  struct Case {
    const char* name;
    CentreSize size;
  };
  const Case cases[] = {
      {"a dozen workers", {}},
      {"the smallest", {.workers = 4, .queues = 2, .workflows = 1, .channels = 1, .tasks_per_hour = 20}},
      {"overrun", {.workers = 4, .queues = 2, .workflows = 1, .channels = 1, .tasks_per_hour = 5'000}},
      {"idle", {.workers = 40, .queues = 4, .workflows = 3, .channels = 4, .tasks_per_hour = 1}},
      {"two thousand workers", size_for(100'000'000)},
      {"the largest",
       {.workers = 15'000, .queues = 5'000, .workflows = 1'000, .channels = 15, .tasks_per_hour = 100'000}},
  };
  for (const Case& c : cases) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      EventStream stream(settings_for(seed, 20'000, c.size));
      std::set<std::string> seen;
      for (std::string line; seen.size() < std::size(kTypes) && stream.next(line);) seen.insert(type_of(line));
      for (const std::string_view type : kTypes) {
        EXPECT_TRUE(seen.contains(std::string(type))) << type << ", seed " << seed << ", " << c.name;
      }
    }
  }
}

TEST(EventStream, MostEventsAreOnTimeAndAFewOfAHundredAreLate) {
  std::int64_t latest = 0;
  std::int64_t most_late_ms = 0;
  int late = 0;
  int same_millisecond = 0;
  int same_second = 0;
  std::int64_t before = 0;
  const std::vector<std::string> lines = lines_of(settings_for(9, 50'000));
  for (const std::string& line : lines) {
    const std::int64_t time = time_of(line);
    if (time < latest) ++late;
    if (time == before) ++same_millisecond;
    if (time / 1000 == before / 1000) ++same_second;
    most_late_ms = std::max(most_late_ms, latest - time);
    latest = std::max(latest, time);
    before = time;
  }
  const auto percent = [&lines](int count) { return 100.0 * count / static_cast<double>(lines.size()); };
  EXPECT_GT(percent(late), 1.5);
  EXPECT_LT(percent(late), 4.0);
  EXPECT_GT(most_late_ms, 30 * 60 * 1000);
  EXPECT_LT(most_late_ms, 2 * 60 * 60 * 1000);
  EXPECT_GT(percent(same_second), 40.0);
  EXPECT_GT(percent(same_millisecond), 10.0);
}

// The seventeen members alone take some 900 bytes, the documented fields of a reservation 760 more.
TEST(EventStream, AnEventIsAsLargeAsItsDocumentedFieldsMakeIt) {
  for (const std::uint64_t seed : {1U, 2U}) {
    const std::string text = text_of(lines_of(settings_for(seed, 20'000)));
    EXPECT_GT(text.size() / 20'000, 1'500U);
    EXPECT_LT(text.size() / 20'000, 1'750U);
  }
}

TEST(Settings, AStreamThatEndsAtATimeIsTheSameStreamMoved) {
  const Settings settings = settings_for(10, 5'000);
  const Settings moved = ending_at(settings, kEnd);
  const std::vector<std::string> lines = lines_of(settings);
  const std::vector<std::string> moved_lines = lines_of(moved);
  EXPECT_EQ(latest_of(moved_lines), base::to_ms(kEnd));
  EXPECT_EQ(time_of(moved_lines.front()), base::to_ms(moved.start));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_EQ(time_of(moved_lines[i]) - time_of(lines[i]), base::to_ms(moved.start) - base::to_ms(settings.start));
  }
}

TEST(Settings, TheDemoIsOneWorkingDayThatJustEnded) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const Settings settings = demo_day(seed, kEnd);
    const std::vector<std::string> lines = lines_of(settings);
    EXPECT_GE(lines.size(), 6'000U) << seed;
    EXPECT_LE(lines.size(), 10'000U) << seed;
    EXPECT_EQ(latest_of(lines), base::to_ms(kEnd)) << seed;
    const auto hours = static_cast<double>(latest_of(lines) - time_of(lines.front())) / 3'600'000;
    EXPECT_NEAR(hours, 10, 0.1) << seed;
  }
}

TEST(Settings, TheSizeFollowsTheNumberOfEvents) {
  EXPECT_EQ(size_for(1).workers, 12U);
  EXPECT_EQ(size_for(10'000).workers, 12U);
  EXPECT_LT(size_for(1'000'000).workers, size_for(5'000'000).workers);
  EXPECT_EQ(size_for(100'000'000).workers, 2'000U);
  const Settings settings = ending_at(settings_for(1, 300'000, size_for(300'000)), kEnd);
  const auto days = static_cast<double>((kEnd - settings.start).count()) / 86'400'000;
  EXPECT_NEAR(days, 14, 4);
}

}  // namespace
}  // namespace waybill::generator
