#include "ledger/lifecycle.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace waybill::ledger {
namespace {

// Events of one second come in any order.
constexpr std::chrono::milliseconds kOneSecond{1'000};

constexpr std::array<std::string_view, 4> kTaskEnds = {"task.completed", "task.canceled", "task.deleted",
                                                       "task.system-deleted"};
constexpr std::array<std::string_view, 6> kReservationEnds = {"reservation.rejected",  "reservation.timeout",
                                                              "reservation.canceled",  "reservation.rescinded",
                                                              "reservation.completed", "reservation.failed"};
// What happens to a task only while it lives.
constexpr std::array<std::string_view, 5> kTaskBeginnings = {"task.created", "workflow.entered", "task-queue.entered",
                                                             "reservation.created", "reservation.accepted"};

template <std::size_t kSize>
bool is_one_of(std::string_view type, const std::array<std::string_view, kSize>& types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool is_after(const LifeEvent& event, const std::optional<LifeEvent>& before) {
  return before && event.time - before->time >= kOneSecond;
}

}  // namespace

void LifecycleCheck::add(const LifeEvent& event) {
  ++events_;
  if (!event.task_sid.empty()) add_to_task(event);
  if (!event.reservation_sid.empty() && event.type.starts_with("reservation.")) add_to_reservation(event);
}

void LifecycleCheck::add_to_task(const LifeEvent& event) {
  Life& task = tasks_[event.task_sid];
  std::optional<LifeEvent> before;
  if (event.type == "task.created") {
    if (is_after(event, task.first)) before = task.first;
    task.created = true;
  } else {
    if (!task.first) task.first = event;
    if (is_after(event, task.end) && is_one_of(event.type, kTaskBeginnings)) before = task.end;
  }
  if (is_one_of(event.type, kTaskEnds) && !task.end) task.end = event;
  task.last = event;
  if (!before || task.told) return;
  task.told = true;
  add_finding({Oddity::kTimesRunBackwards, event.task_sid, {event, *before}});
}

void LifecycleCheck::add_to_reservation(const LifeEvent& event) {
  Life& reservation = reservations_[event.reservation_sid];
  std::optional<LifeEvent> before;
  if (event.type == "reservation.created") {
    if (is_after(event, reservation.first)) before = reservation.first;
    reservation.created = true;
  } else {
    if (!reservation.first) reservation.first = event;
    const bool begins = event.type == "reservation.accepted" || event.type == "reservation.wrapup";
    if (begins && is_after(event, reservation.end)) before = reservation.end;
  }
  if (is_one_of(event.type, kReservationEnds) && !reservation.end) reservation.end = event;
  reservation.last = event;
  if (!before || reservation.told) return;
  reservation.told = true;
  add_finding({Oddity::kTimesRunBackwards, event.reservation_sid, {event, *before}});
}

void LifecycleCheck::finish(base::WallTime now, std::chrono::milliseconds task_life_max) {
  for (const auto& [sid, reservation] : reservations_) {
    // One that failed was never made: no worker could be found for it.
    if (reservation.created || reservation.first->type == "reservation.failed") continue;
    Finding finding{Oddity::kNoReservationCreated, sid, {*reservation.first}};
    if (reservation.last->sid != reservation.first->sid) finding.events.push_back(*reservation.last);
    add_finding(std::move(finding));
  }
  for (const auto& [sid, task] : tasks_) {
    if (task.end || now - task.last->time <= task_life_max) continue;
    add_finding({Oddity::kTaskNeverEnded, sid, {*task.last}});
  }
}

void LifecycleCheck::add_finding(Finding finding) {
  ++found_;
  if (findings_.size() < findings_max_) findings_.push_back(std::move(finding));
}

}  // namespace waybill::ledger
