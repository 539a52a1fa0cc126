#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "generator/contact_centre.h"
#include "generator/happening.h"
#include "generator/plan.h"
#include "generator/world.h"

namespace waybill::generator {

// The life of one task, from entering the workflow to its end, told as one event a turn. A cause (somebody accepts, a
// target times out) changes the state at once and leaves a short script of the events that report it, which then
// follow within milliseconds; when the script is told, the life decides what comes next.
class TaskLife {
 public:
  TaskLife(const TaskFacts& facts, const Plan& plan, Style style);

  // REQUIRES: `now` is what the last turn named, and that named one.
  Turn take_turn(Moment now, World& world);

 private:
  enum class Phase : std::uint8_t {
    kWaiting,
    kAsking,
    kTalking,
    kTransferring,
    kRetrying,
    kWrappingUp,
    kForgotten,
    kOver
  };

  // One event of a script.
  struct Beat {
    EventType type;
    std::uint8_t reservation = 0;                  // which one of reservations_ it is about
    ActivityId activity = ActivityId::kAvailable;  // of worker.activity.update: what the worker does from now on
  };

  static constexpr std::size_t kReservationsMax = 4;
  static constexpr std::size_t kBeatsMax = 2 * kReservationsMax + 1;

  // What to do when the script is told; each leaves another script, or a pause, or both.
  void decide(Moment now, World& world);
  void wait(Moment now, World& world);
  void look_for_worker(Moment now, World& world);
  void go_to_next_target(Moment now, World& world);
  void fail_reservation(World& world);
  void ask(std::span<const WorkerId> workers, World& world);
  void conclude_asking(World& world);
  void miss(World& world);
  void refuse(World& world);
  void accept(World& world);
  void talk(Moment now, World& world);
  void begin_transfer(Moment now, World& world);
  void retry_transfer(World& world);
  void conclude_transfer(World& world);
  void wrap_up(World& world);
  void complete(World& world);
  void cancel(CancelReason reason);
  void withdraw(World& world);

  // Tells one beat; nothing if it has become untrue.
  std::optional<Happening> tell(const Beat& beat, Moment now, World& world);
  static std::optional<Happening> tell_gone(const Beat& beat, WorkerId worker, Moment now, Moment away, World& world);

  void say(EventType type, std::size_t reservation = 0);
  void say_gone(std::size_t reservation, ActivityId activity);
  void return_to_queue(World& world);
  // Fills `found` from the front with free workers; returns how many there are.
  std::size_t find_workers(std::span<WorkerId> found, World& world) const;
  // Somebody who could take over from the worker who has the task.
  [[nodiscard]] std::optional<WorkerId> find_colleague(World& world) const;
  ReservationFacts reserve(WorkerId worker, World& world) const;
  void release(std::size_t reservation, World& world);

  TaskFacts facts_;
  Plan plan_;
  Style style_;
  Phase phase_ = Phase::kWaiting;
  QueueId previous_queue_;
  std::size_t fallback_ = 0;  // the next one of the workflow
  std::optional<Moment> target_until_;
  std::optional<Moment> patient_until_;
  std::size_t reservation_count_ = 0;  // how many of reservations_ hold the task now
  std::array<ReservationFacts, kReservationsMax> reservations_;
  TransferFacts transfer_;
  std::array<Beat, kBeatsMax> script_;
  std::uint8_t script_size_ = 0;
  std::uint8_t told_ = 0;
  Moment pause_{120};  // between the end of the script and the next decision
};

}  // namespace waybill::generator
