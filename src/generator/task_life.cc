#include "generator/task_life.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"

namespace waybill::generator {
namespace {

// Between two events of one cause: now and then within the same millisecond.
constexpr std::array<std::int64_t, 8> kGapsMs = {0, 0, 1, 2, 4, 7, 11, 19};

constexpr double kLeavesAfterRefusal = 0.3;

}  // namespace

TaskLife::TaskLife(const TaskFacts& facts, const Plan& plan, Style style)
    : facts_(facts), plan_(plan), style_(style), previous_queue_(facts.queue), script_() {
  say(EventType::kWorkflowEntered);
  say(EventType::kTaskQueueEntered);
  say(EventType::kTaskCreated);
  say(EventType::kWorkflowTargetMatched);
}

Turn TaskLife::take_turn(Moment now, World& world) {
  if (told_ == script_size_) {
    told_ = script_size_ = 0;
    decide(now, world);
  }
  Turn turn;
  if (told_ < script_size_) {
    turn.happening = tell(script_[told_], now, world);
    ++told_;
  }
  if (told_ < script_size_) {
    turn.next = now + Moment(pick<std::int64_t>(world.random, kGapsMs));
  } else if (phase_ != Phase::kOver) {
    turn.next = now + pause_;
  }
  return turn;
}

void TaskLife::decide(Moment now, World& world) {
  switch (phase_) {
    case Phase::kWaiting: return wait(now, world);
    case Phase::kAsking: return conclude_asking(world);
    case Phase::kTalking: return talk(now, world);
    case Phase::kTransferring: return conclude_transfer(world);
    case Phase::kRetrying: return retry_transfer(world);
    case Phase::kWrappingUp: return complete(world);
    case Phase::kForgotten:
      say(EventType::kTaskSystemDeleted);
      phase_ = Phase::kOver;
      return;
    case Phase::kOver: CHECK(false);
  }
}

void TaskLife::wait(Moment now, World& world) {
  const Pace& pace = pace_of(style_);
  if (plan_.ending == Ending::kSkipped) {
    say(EventType::kWorkflowSkipped);
    return cancel(CancelReason::kSkipped);
  }
  const bool expires = plan_.ending == Ending::kExpired;
  if (!expires && plan_.ending != Ending::kAbandoned) return look_for_worker(now, world);
  if (!patient_until_) patient_until_ = now + (expires ? pace.lifetime : skewed(world.random, pace.patience));
  pause_ = *patient_until_ - now;
  if (pause_ <= Moment(0)) cancel(expires ? CancelReason::kExpired : CancelReason::kHungUp);
}

void TaskLife::look_for_worker(Moment now, World& world) {
  const Pace& pace = pace_of(style_);
  const bool nobody_suits = plan_.ending == Ending::kExhausted;
  pause_ = between(world.random, pace.look_min, pace.look_max);
  if (!target_until_) target_until_ = now + between(world.random, pace.target_min, pace.target_max);
  if (plan_.reservation_fails) return fail_reservation(world);
  std::array<WorkerId, kReservationsMax> found{};
  const std::size_t wanted = nobody_suits ? 0 : 1 + static_cast<std::size_t>(plan_.rivals);
  const std::size_t count = find_workers(std::span(found).first(wanted), world);
  // The tryout waits for its few workers as long as it takes: what it is to show needs them.
  const bool waits = style_ == Style::kTryout && count < wanted;
  if (count > 0 && !waits) return ask(std::span(found).first(count), world);
  if (waits) return;
  if (now >= *target_until_) return go_to_next_target(now, world);
  pause_ = nobody_suits ? *target_until_ - now : std::min(pause_, *target_until_ - now);
}

void TaskLife::go_to_next_target(Moment now, World& world) {
  const std::vector<QueueId>& fallbacks = world.centre[facts_.workflow].fallbacks;
  previous_queue_ = facts_.queue;
  say(EventType::kTaskQueueTimeout);
  if (fallback_ == fallbacks.size()) {
    say(EventType::kWorkflowTimeout);
    return cancel(CancelReason::kWorkflowTimeout);
  }
  facts_.queue = fallbacks[fallback_++];
  target_until_ = now + between(world.random, pace_of(style_).target_min, pace_of(style_).target_max);
  say(EventType::kWorkflowTargetMatched);
  if (facts_.queue == previous_queue_) return;
  say(EventType::kTaskQueueMoved);
  say(EventType::kTaskQueueEntered);
}

void TaskLife::fail_reservation(World& world) {
  plan_.reservation_fails = false;
  reservations_[0] = {.number = world.reservations++, .worker = {}};
  say(EventType::kReservationFailed);
}

void TaskLife::ask(std::span<const WorkerId> workers, World& world) {
  const Pace& pace = pace_of(style_);
  for (const WorkerId worker : workers) {
    say(EventType::kReservationCreated, reservation_count_);
    reservations_[reservation_count_++] = reserve(worker, world);
  }
  facts_.status = TaskStatus::kReserved;
  phase_ = Phase::kAsking;
  const bool somebody_answers = plan_.misses == 0;
  pause_ = somebody_answers ? std::chrono::seconds(1) + skewed(world.random, pace.answer) : pace.no_answer;
}

void TaskLife::conclude_asking(World& world) {
  if (plan_.ending == Ending::kHungUp) {
    cancel(CancelReason::kHungUp);
    return withdraw(world);
  }
  if (plan_.ending == Ending::kDeleted) {
    say(EventType::kTaskDeleted);
    phase_ = Phase::kOver;
    return withdraw(world);
  }
  if (plan_.misses > 0) return miss(world);
  if (plan_.refusals > 0) return refuse(world);
  accept(world);
}

void TaskLife::miss(World& world) {
  --plan_.misses;
  for (std::size_t i = 0; i < reservation_count_; ++i) {
    say(EventType::kReservationTimeout, i);
    say_gone(i, ActivityId::kOffline);
  }
  return_to_queue(world);
}

void TaskLife::refuse(World& world) {
  --plan_.refusals;
  for (std::size_t i = 0; i < reservation_count_; ++i) say(EventType::kReservationRejected, i);
  if (world.random.chance(kLeavesAfterRefusal)) say_gone(0, ActivityId::kUnavailable);
  return_to_queue(world);
}

void TaskLife::return_to_queue(World& world) {
  for (std::size_t i = 0; i < reservation_count_; ++i) release(i, world);
  reservation_count_ = 0;
  facts_.status = TaskStatus::kPending;
  phase_ = Phase::kWaiting;
  pause_ = pace_of(style_).look_min;
}

void TaskLife::accept(World& world) {
  std::swap(reservations_[0], reservations_[world.random.below(reservation_count_)]);
  say(EventType::kReservationAccepted, 0);
  for (std::size_t i = 1; i < reservation_count_; ++i) {
    say(EventType::kReservationRescinded, i);
    release(i, world);
  }
  reservation_count_ = 1;
  facts_.status = TaskStatus::kAssigned;
  phase_ = Phase::kTalking;
  pause_ = skewed(world.random, pace_of(style_).talk);
}

void TaskLife::talk(Moment now, World& world) {
  const Pace& pace = pace_of(style_);
  if (plan_.updates > 0) {
    --plan_.updates;
    say(EventType::kTaskUpdated);
    pause_ = skewed(world.random, pace.talk / 4);
    return;
  }
  if (plan_.transfer != TransferFate::kNone) return begin_transfer(now, world);
  if (plan_.ending == Ending::kForgotten) {
    release(0, world);
    phase_ = Phase::kForgotten;
    pause_ = pace.forgotten;
    return;
  }
  plan_.wraps_up ? wrap_up(world) : complete(world);
}

void TaskLife::begin_transfer(Moment now, World& world) {
  const Pace& pace = pace_of(style_);
  const auto worker = find_colleague(world);
  if (!worker) {
    // Nobody is there to take over, so the first worker goes on; the tryout waits, for it has to show a transfer.
    if (style_ == Style::kWorking) plan_.transfer = TransferFate::kNone;
    pause_ = between(world.random, pace.look_min, pace.look_max);
    return;
  }
  reservations_[1] = reserve(*worker, world);
  transfer_ = {.number = world.transfers++,
               .mode = world.random.chance(0.5) ? TransferMode::kCold : TransferMode::kWarm,
               .from = reservations_[0],
               .to = *worker,
               .started = now};
  say(EventType::kTaskTransferInitiated);
  say(EventType::kReservationCreated, 1);
  phase_ = Phase::kTransferring;
  pause_ = std::chrono::seconds(1) + skewed(world.random, pace.answer);
}

void TaskLife::retry_transfer(World& world) {
  const Pace& pace = pace_of(style_);
  phase_ = Phase::kTalking;
  pause_ = skewed(world.random, pace.talk / 2);
  const auto worker = find_colleague(world);
  if (!worker) {
    plan_.transfer = TransferFate::kNone;
    transfer_.status = TransferStatus::kFailed;
    say(EventType::kTaskTransferFailed);
    return;
  }
  reservations_[1] = reserve(*worker, world);
  transfer_.to = *worker;
  say(EventType::kReservationCreated, 1);
  phase_ = Phase::kTransferring;
  pause_ = std::chrono::seconds(1) + skewed(world.random, pace.answer);
}

void TaskLife::conclude_transfer(World& world) {
  const TransferFate fate = std::exchange(plan_.transfer, TransferFate::kNone);
  phase_ = Phase::kTalking;
  pause_ = skewed(world.random, pace_of(style_).talk / 2);
  switch (fate) {
    case TransferFate::kCompletes:
      std::swap(reservations_[0], reservations_[1]);
      transfer_.status = TransferStatus::kCompleted;
      say(EventType::kReservationAccepted, 0);
      say(EventType::kTaskTransferCompleted);
      say(EventType::kReservationCompleted, 1);
      break;
    case TransferFate::kFailsOnce:
      plan_.transfer = TransferFate::kCompletes;
      say(EventType::kReservationRejected, 1);
      say(EventType::kTaskTransferAttemptFailed);
      phase_ = Phase::kRetrying;
      pause_ = pace_of(style_).look_max;
      break;
    case TransferFate::kFails:
      transfer_.status = TransferStatus::kFailed;
      transfer_.missed = true;
      say(EventType::kReservationTimeout, 1);
      say_gone(1, ActivityId::kOffline);
      say(EventType::kTaskTransferFailed);
      break;
    case TransferFate::kIsCanceled:
      transfer_.status = TransferStatus::kCanceled;
      say(EventType::kReservationCanceled, 1);
      say(EventType::kTaskTransferCanceled);
      break;
    case TransferFate::kNone: CHECK(false);
  }
  release(1, world);
}

void TaskLife::wrap_up(World& world) {
  facts_.status = TaskStatus::kWrapping;
  say(EventType::kTaskWrapup);
  say(EventType::kReservationWrapup);
  phase_ = Phase::kWrappingUp;
  pause_ = std::chrono::seconds(1) + skewed(world.random, pace_of(style_).wrap_up);
}

void TaskLife::complete(World& world) {
  facts_.status = TaskStatus::kCompleted;
  say(EventType::kTaskCompleted);
  say(EventType::kReservationCompleted);
  say(EventType::kTaskUpdated);
  release(0, world);
  phase_ = Phase::kOver;
}

void TaskLife::cancel(CancelReason reason) {
  facts_.status = TaskStatus::kCanceled;
  facts_.cancel_reason = reason;
  say(EventType::kTaskCanceled);
  phase_ = Phase::kOver;
}

void TaskLife::withdraw(World& world) {
  for (std::size_t i = 0; i < reservation_count_; ++i) {
    say(EventType::kReservationCanceled, i);
    release(i, world);
  }
}

std::optional<Happening> TaskLife::tell(const Beat& beat, Moment now, World& world) {
  const ReservationFacts& reservation = reservations_[beat.reservation];
  if (beat.type == EventType::kWorkerActivityUpdate) {
    return tell_gone(beat, reservation.worker, now, pace_of(style_).away, world);
  }
  if (beat.type == EventType::kTaskUpdated) {
    ++facts_.updates;
    facts_.has_outcome = facts_.status == TaskStatus::kCompleted;
  }
  Happening out{.type = beat.type, .task = facts_, .reservation = reservation};
  // What leaves a queue is reported from the queue it leaves.
  if (beat.type == EventType::kTaskQueueTimeout || beat.type == EventType::kTaskQueueMoved) {
    out.task.queue = previous_queue_;
  }
  const DataShape shape = facts_of(beat.type).shape;
  if (shape == DataShape::kReservation) out.worker = world.staff.facts(reservation.worker);
  if (shape == DataShape::kTransfer) out.transfer = transfer_;
  return out;
}

std::optional<Happening> TaskLife::tell_gone(const Beat& beat, WorkerId worker, Moment now, Moment away, World& world) {
  if (world.staff.activity(worker) == beat.activity) return std::nullopt;
  const Moment back = now + std::chrono::seconds(1) + skewed(world.random, away);
  world.agenda.add(back, Actor::kReturner, static_cast<std::uint32_t>(worker));
  return Happening{.type = beat.type, .worker = world.staff.change_activity(worker, beat.activity, now)};
}

void TaskLife::say(EventType type, std::size_t reservation) {
  CHECK(script_size_ < script_.size());
  script_[script_size_++] = {.type = type, .reservation = static_cast<std::uint8_t>(reservation)};
}

void TaskLife::say_gone(std::size_t reservation, ActivityId activity) {
  say(EventType::kWorkerActivityUpdate, reservation);
  script_[script_size_ - 1U].activity = activity;
}

std::size_t TaskLife::find_workers(std::span<WorkerId> found, World& world) const {
  const std::span<const WorkerId> members = style_ == Style::kTryout ? world.crew : world.centre[facts_.queue].members;
  std::size_t count = 0;
  while (count < found.size()) {
    const auto worker = world.staff.find_free(members, facts_.channel, found.first(count), world.random);
    if (!worker) break;
    found[count++] = *worker;
  }
  return count;
}

std::optional<WorkerId> TaskLife::find_colleague(World& world) const {
  const std::span<const WorkerId> members = style_ == Style::kTryout ? world.crew : world.centre[facts_.queue].members;
  return world.staff.find_free(members, facts_.channel, std::span(&reservations_[0].worker, 1), world.random);
}

ReservationFacts TaskLife::reserve(WorkerId worker, World& world) const {
  world.staff.take_task(worker, facts_.channel);
  return {.number = world.reservations++, .worker = worker};
}

void TaskLife::release(std::size_t reservation, World& world) {
  world.staff.drop_task(reservations_[reservation].worker, facts_.channel);
}

}  // namespace waybill::generator
