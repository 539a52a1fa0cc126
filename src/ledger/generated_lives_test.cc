#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "codec/json_scan.h"
#include "generator/event_stream.h"
#include "generator/settings.h"
#include "ledger/lifecycle.h"

namespace waybill::ledger {
namespace {

constexpr base::WallTime kStart = base::from_ms(1'772'438'400'000);  // 2026-03-02T08:00:00Z

std::string text_of(codec::CheckedJson value) { return value.string().value_or(""); }

// What the check looks at of an event in JSON.
LifeEvent life_event(codec::CheckedJson event) {
  LifeEvent out;
  std::string resource;
  for (codec::MemberScanner scan(event); scan.next();) {
    if (scan.name() == "sid") out.sid = text_of(scan.value());
    if (scan.name() == "event_type") out.type = text_of(scan.value());
    if (scan.name() == "event_date_ms") out.time = base::from_ms(scan.value().integer().value_or(0));
    if (scan.name() == "resource_sid") resource = text_of(scan.value());
    if (scan.name() != "event_data") continue;
    for (codec::MemberScanner data(scan.value()); data.next();) {
      if (data.name() == "task_sid") out.task_sid = text_of(data.value());
      if (data.name() == "reservation_sid") out.reservation_sid = text_of(data.value());
    }
  }
  if (out.task_sid.empty() && resource.starts_with("WT")) out.task_sid = resource;
  if (out.reservation_sid.empty() && resource.starts_with("WR")) out.reservation_sid = resource;
  return out;
}

// The first findings of a stream's events, with what shows them; `failed` counts those of reservations that failed.
std::string findings_of(const generator::Settings& settings, std::size_t& failed) {
  generator::EventStream stream(settings);
  codec::JsonChecker checker;
  // By their time; those of one instant as they came.
  std::multimap<base::WallTime, LifeEvent> events;
  for (std::string line; stream.next(line);) {
    const auto event = checker.check(line, 100);
    if (!event) return event.error().message();
    LifeEvent told = life_event(*event);
    if (told.type == "reservation.failed") ++failed;
    const base::WallTime time = told.time;
    events.emplace(time, std::move(told));
  }
  LifecycleCheck check(10);
  for (const auto& [time, event] : events) check.add(event);
  check.finish(events.rbegin()->first, kTaskLifeMax);
  std::string out;
  for (const Finding& finding : check.findings()) {
    out += std::to_string(static_cast<int>(finding.oddity)) + " " + finding.subject + ":";
    for (const LifeEvent& event : finding.events) out += " " + event.type;
    out += "; ";
  }
  return out;
}

TEST(GeneratedLives, have_no_findings) {
  std::size_t failed = 0;
  for (const std::uint64_t seed : {1U, 2U}) {
    generator::Settings settings;
    settings.seed = seed;
    settings.events = 100'000;
    settings.size = generator::size_for(settings.events);
    settings.start = kStart;
    EXPECT_EQ(findings_of(settings, failed), "") << seed;
    EXPECT_EQ(findings_of(generator::demo_day(seed, kStart), failed), "") << seed;
  }
  EXPECT_GT(failed, 0U) << "or what the check says of them is not seen";
}

}  // namespace
}  // namespace waybill::ledger
