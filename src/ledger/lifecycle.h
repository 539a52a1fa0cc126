#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace waybill::ledger {

// How long a task lives at most: two weeks until it is assigned, a day after that.
// https://www.twilio.com/docs/taskrouter/limits
constexpr std::chrono::milliseconds kTaskLifeMax = std::chrono::hours(15 * 24);

// What the check looks at of an event.
struct LifeEvent {
  std::string sid;
  std::string type;
  base::WallTime time;
  std::string task_sid;         // empty: none
  std::string reservation_sid;  // empty: none
};

enum class Oddity {
  kNoReservationCreated,  // events of a reservation, and none that made it; reservation.failed alone wants none
  kTaskNeverEnded,        // older than a task can become, and nothing ended it
  kTimesRunBackwards,     // what must come first has the later time
};

// What is odd, and the events that show it, the decisive ones first.
struct Finding {
  Oddity oddity = Oddity::kTaskNeverEnded;
  std::string subject;  // the task's or the reservation's sid
  std::vector<LifeEvent> events;
};

// Reads the events of one workspace in the order of their times and finds lives that cannot have been. Within a second
// the order of events is not that of their causes, and says nothing. Keeps each task and reservation, a few events of
// each, and no more than `findings_max` findings; the others are counted. Not for concurrent use.
class LifecycleCheck {
 public:
  explicit LifecycleCheck(std::size_t findings_max) : findings_max_(findings_max) {}

  // REQUIRES: event.time is not before that of the event before.
  void add(const LifeEvent& event);
  // The history ends, at `now`; a task whose last event is older than `task_life_max` will not end any more.
  void finish(base::WallTime now, std::chrono::milliseconds task_life_max);

  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
  [[nodiscard]] std::uint64_t found() const { return found_; }  // those that are not kept too
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t tasks() const { return tasks_.size(); }
  [[nodiscard]] std::uint64_t reservations() const { return reservations_.size(); }

 private:
  struct Life {
    std::optional<LifeEvent> first;  // its first event that is not its creation
    std::optional<LifeEvent> last;   // its last event
    std::optional<LifeEvent> end;
    bool created = false;
    bool told = false;  // a finding was made: one for each oddity's subject is enough
  };

  void add_to_task(const LifeEvent& event);
  void add_to_reservation(const LifeEvent& event);
  void add_finding(Finding finding);

  const std::size_t findings_max_;
  std::vector<Finding> findings_;
  std::uint64_t found_ = 0;
  std::uint64_t events_ = 0;
  std::map<std::string, Life> tasks_;
  std::map<std::string, Life> reservations_;
};

}  // namespace waybill::ledger
