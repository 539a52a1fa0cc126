#include "generator/shifts.h"

#include <algorithm>
#include <array>

namespace waybill::generator {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct Step {
  Moment after;  // the beginning of the shift
  ActivityId activity;
};
constexpr std::array<Step, 8> kSteps = {{{hours(0), ActivityId::kAvailable},
                                         {minutes(120), ActivityId::kBreak},
                                         {minutes(135), ActivityId::kAvailable},
                                         {minutes(230), ActivityId::kLunch},
                                         {minutes(260), ActivityId::kAvailable},
                                         {minutes(370), ActivityId::kBreak},
                                         {minutes(385), ActivityId::kAvailable},
                                         {minutes(510), ActivityId::kOffline}}};
constexpr Moment kLateByMax = minutes(8);  // less than any two steps lie apart

// Hiring: the crew first, then, after the tryout, all others within a few minutes.
constexpr Moment kCrewHired = seconds(50);
constexpr Moment kOthersHired = minutes(6);
constexpr Moment kHiringLasts = minutes(4);
constexpr Moment kHiringGapMax = milliseconds(700);

// Every third worker comes at weekends too.
constexpr std::size_t kWeekendEvery = 3;

Moment start_of(Shift shift) {
  switch (shift) {
    case Shift::kEarly: return hours(7) + minutes(50);
    case Shift::kDay: return hours(9);
    case Shift::kLate: return hours(11) + minutes(30);
    case Shift::kNight: return hours(21);
  }
  return {};
}

}  // namespace

Moment Shifts::hired_at(WorkerId worker) const {
  const auto place = static_cast<std::int64_t>(index_of(worker));
  if (index_of(worker) < kCrewMax) return kCrewHired + milliseconds(300) * place;
  const Moment gap = kHiringLasts / static_cast<std::int64_t>(days_.size());
  return kOthersHired + std::min(gap, kHiringGapMax) * place;
}

Turn Shifts::take_turn(Moment now, WorkerId worker, World& world) {
  Day& day = days_[index_of(worker)];
  if (day.number < 0) {
    day.number = 0;
    const bool is_crew = index_of(worker) < world.crew.size();
    return {.happening = Happening{.type = EventType::kWorkerCreated, .worker = world.staff.facts(worker)},
            .next = is_crew ? now + seconds(2) : time_of_step(worker, now, world)};
  }
  const ActivityId activity = kSteps[day.step].activity;
  if (activity == ActivityId::kOffline && world.staff.is_busy(worker)) {
    return {.happening = {}, .next = now + between(world.random, minutes(1), minutes(3))};
  }
  Turn turn{.happening = do_step(worker, activity, now, world), .next = {}};
  go_on(worker);
  turn.next = time_of_step(worker, now, world);
  return turn;
}

std::optional<Happening> Shifts::do_step(WorkerId worker, ActivityId activity, Moment now, World& world) {
  world.staff.set_on_shift(worker, activity != ActivityId::kOffline);
  const ActivityId before = world.staff.activity(worker);
  // Who is away already skips the break.
  const bool is_break = activity == ActivityId::kBreak || activity == ActivityId::kLunch;
  if (before == activity || (is_break && before != ActivityId::kAvailable)) return std::nullopt;
  return Happening{.type = EventType::kWorkerActivityUpdate,
                   .worker = world.staff.change_activity(worker, activity, now)};
}

void Shifts::go_on(WorkerId worker) {
  Day& day = days_[index_of(worker)];
  day.step = (day.step + 1) % kSteps.size();
  if (day.step > 0) return;
  const bool comes_at_weekends = index_of(worker) % kWeekendEvery == 0;
  ++day.number;
  while (is_weekend(day.number) && !comes_at_weekends) ++day.number;
}

Turn Shifts::come_back(Moment now, WorkerId worker, World& world) {
  const ActivityId activity = world.staff.activity(worker);
  const bool is_away = activity == ActivityId::kOffline || activity == ActivityId::kUnavailable;
  if (!is_away || !world.staff.is_on_shift(worker)) return {};
  const WorkerFacts facts = world.staff.change_activity(worker, ActivityId::kAvailable, now);
  return {.happening = Happening{.type = EventType::kWorkerActivityUpdate, .worker = facts}, .next = {}};
}

Moment Shifts::time_of_step(WorkerId worker, Moment now, World& world) const {
  const Day& day = days_[index_of(worker)];
  const Moment planned = moment_of(day.number, start_of(world.centre[worker].shift) + kSteps[day.step].after);
  const Moment late_by = between(world.random, Moment(0), kLateByMax);
  return std::max(planned + late_by, now + seconds(1));
}

}  // namespace waybill::generator
