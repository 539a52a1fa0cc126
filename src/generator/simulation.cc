#include "generator/simulation.h"

#include <algorithm>

namespace waybill::generator {
namespace {

using std::chrono::seconds;

// Fate draws apart from the text.
constexpr std::uint64_t kFateStream = 0x6661'7465'0000'0000U;

constexpr Moment kTryoutBegins = seconds(60);
constexpr Moment kTryoutGap = seconds(8);
constexpr Moment kSupervisorBegins = seconds(65);

constexpr std::array<std::uint8_t, 10> kPriorities = {0, 0, 0, 0, 0, 0, 0, 1, 5, 10};

}  // namespace

Simulation::Simulation(const ContactCentre& centre, std::uint64_t seed, std::uint32_t tasks_per_hour)
    : tasks_per_hour_(tasks_per_hour),
      random_(seed ^ kFateStream),
      staff_(centre),
      world_{.centre = centre, .staff = staff_, .agenda = agenda_, .random = random_, .crew = {}},
      administrator_(centre),
      shifts_(centre) {
  for (std::size_t i = 0; i < std::min(kCrewMax, centre.workers.size()); ++i) crew_.push_back(WorkerId(i));
  world_.crew = crew_;
  agenda_.add(Moment(0), Actor::kAdministrator, 0);
  agenda_.add(kTryoutBegins, Actor::kTryout, 0);
  agenda_.add(kSupervisorBegins, Actor::kSupervisor, 0);
  agenda_.add(next_arrival(kOpening, tasks_per_hour_, random_), Actor::kDoor, 0);
  for (std::uint32_t i = 0; i < centre.workers.size(); ++i) {
    agenda_.add(shifts_.hired_at(WorkerId(i)), Actor::kWorker, i);
  }
}

Happening Simulation::next() {
  for (;;) {
    const Entry entry = agenda_.take();
    Turn turn = take_turn(entry);
    if (turn.next) agenda_.add(*turn.next, entry.actor, entry.index);
    if (!turn.happening) continue;
    turn.happening->time = entry.at;
    turn.happening->number = events_++;
    return *turn.happening;
  }
}

Turn Simulation::take_turn(const Entry& entry) {
  switch (entry.actor) {
    case Actor::kAdministrator: return administrator_.take_turn(entry.at, world_);
    case Actor::kSupervisor: return supervisor_.take_turn(entry.at, world_);
    case Actor::kTryout: return try_out(entry.at);
    case Actor::kDoor: return open_door(entry.at);
    case Actor::kTask: return live_on(entry.at, entry.index);
    case Actor::kWorker: return shifts_.take_turn(entry.at, WorkerId(entry.index), world_);
    case Actor::kReturner: return Shifts::come_back(entry.at, WorkerId(entry.index), world_);
  }
  return {};
}

Turn Simulation::try_out(Moment now) {
  const std::span<const Plan> plans = tryout_plans();
  begin_task(now, plans[tasks_begun_], Style::kTryout);
  if (tasks_begun_ == plans.size()) return {};
  return {.happening = {}, .next = now + kTryoutGap};
}

Turn Simulation::open_door(Moment now) {
  begin_task(now, draw_plan(random_), Style::kWorking);
  return {.happening = {}, .next = next_arrival(now, tasks_per_hour_, random_)};
}

Turn Simulation::live_on(Moment now, std::uint32_t slot) {
  const Turn turn = tasks_[slot].take_turn(now, world_);
  if (!turn.next) free_slots_.push_back(slot);
  return turn;
}

void Simulation::begin_task(Moment now, const Plan& plan, Style style) {
  const ContactCentre& centre = world_.centre;
  auto slot = static_cast<std::uint32_t>(tasks_.size());
  if (!free_slots_.empty()) {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  const TaskFacts facts = {.number = tasks_begun_++,
                           .slot = slot,
                           .workflow = WorkflowId(centre.skew.draw(random_, centre.workflows.size())),
                           .queue = QueueId(centre.skew.draw(random_, centre.queues.size())),
                           .channel = ChannelId(centre.skew.draw(random_, centre.channels.size())),
                           .priority = pick<std::uint8_t>(random_, kPriorities),
                           .created = now};
  if (slot == tasks_.size()) {
    tasks_.emplace_back(facts, plan, style);
  } else {
    tasks_[slot] = TaskLife(facts, plan, style);
  }
  agenda_.add(now, Actor::kTask, slot);
}

}  // namespace waybill::generator
