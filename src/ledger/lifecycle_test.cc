#include "ledger/lifecycle.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace waybill::ledger {
namespace {

constexpr std::int64_t kDay = 86'400'000;

LifeEvent event(std::string sid, std::string type, std::int64_t ms, std::string reservation = "") {
  return {std::move(sid), std::move(type), base::from_ms(ms), "T", std::move(reservation)};
}

// "backwards R: b a; " for each finding: what, whose, and the events that show it.
std::string findings(const std::vector<LifeEvent>& events, std::int64_t now) {
  LifecycleCheck check(100);
  for (const LifeEvent& one : events) check.add(one);
  check.finish(base::from_ms(now), kTaskLifeMax);
  std::string out;
  for (const Finding& finding : check.findings()) {
    switch (finding.oddity) {
      case Oddity::kNoReservationCreated: out += "no created "; break;
      case Oddity::kTaskNeverEnded: out += "never ended "; break;
      case Oddity::kTimesRunBackwards: out += "backwards "; break;
    }
    out += finding.subject + ":";
    for (const LifeEvent& shown : finding.events) out += " " + shown.sid;
    out += "; ";
  }
  return out;
}

TEST(LifecycleCheck, tells_what_cannot_have_been) {
  const struct {
    std::string name;
    std::vector<LifeEvent> events;
    std::int64_t now;
    std::string want;
  } cases[] = {
      {"a whole life",
       {event("a", "task.created", 0), event("b", "reservation.created", 10, "R"),
        event("c", "reservation.accepted", 2'000, "R"), event("d", "task.completed", 9'000),
        event("e", "reservation.completed", 9'000, "R"), event("f", "task.updated", 9'500)},
       90 * kDay,
       ""},
      {"no created",
       {event("c", "reservation.accepted", 0, "R"), event("d", "task.canceled", 5)},
       0,
       "no created R: c; "},
      {"no created, with its first and last event",
       {event("c", "reservation.accepted", 0, "R"), event("x", "reservation.wrapup", 3, "R"),
        event("d", "reservation.completed", 5, "R")},
       0,
       "no created R: c d; "},
      {"a reservation that failed was never made", {event("f", "reservation.failed", 0, "R")}, 0, ""},
      {"one that failed is not accepted",
       {event("f", "reservation.failed", 0, "R"), event("c", "reservation.accepted", 2'000, "R")},
       0,
       "backwards R: c f; "},
      {"one that was accepted before it failed was made",
       {event("c", "reservation.accepted", 0, "R"), event("f", "reservation.failed", 2'000, "R")},
       0,
       "no created R: c f; "},
      {"a task that has not ended yet", {event("a", "task.created", 0)}, 15 * kDay, ""},
      {"a task that never ended",
       {event("a", "task.created", 0), event("b", "task.updated", 5)},
       15 * kDay + 6,
       "never ended T: b; "},
      {"causes in one second may come in any order",
       {event("w", "workflow.entered", 0), event("a", "task.created", 999),
        event("c", "reservation.accepted", 1'000, "R"), event("b", "reservation.created", 1'999, "R")},
       0,
       ""},
      {"created after accepted",
       {event("c", "reservation.accepted", 0, "R"), event("b", "reservation.created", 1'000, "R")},
       0,
       "backwards R: b c; "},
      {"a task created after what happened to it",
       {event("w", "workflow.entered", 0), event("a", "task.created", 1'000)},
       0,
       "backwards T: a w; "},
      {"a reservation after the task's end",
       {event("a", "task.created", 0), event("d", "task.completed", 5'000),
        event("b", "reservation.created", 7'000, "R"), event("e", "reservation.timeout", 8'000, "R")},
       0,
       "backwards T: b d; "},
      {"accepted after it was rejected",
       {event("b", "reservation.created", 0, "R"), event("r", "reservation.rejected", 10, "R"),
        event("c", "reservation.accepted", 1'010, "R")},
       0,
       "backwards R: c r; "},
  };
  for (const auto& c : cases) EXPECT_EQ(findings(c.events, c.now), c.want) << c.name;
}

TEST(LifecycleCheck, counts_findings_that_it_does_not_keep) {
  LifecycleCheck check(2);
  for (int i = 0; i < 5; ++i) check.add({"e", "task.created", base::from_ms(0), "T" + std::to_string(i), ""});
  check.finish(base::from_ms(30 * kDay), kTaskLifeMax);
  EXPECT_EQ(check.findings().size(), 2U);
  EXPECT_EQ(check.found(), 5U);
  EXPECT_EQ(check.tasks(), 5U);
}

}  // namespace
}  // namespace waybill::ledger
