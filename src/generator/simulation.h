#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "generator/administrator.h"
#include "generator/agenda.h"
#include "generator/shifts.h"
#include "generator/staff.h"
#include "generator/supervisor.h"
#include "generator/task_life.h"
#include "generator/world.h"

namespace waybill::generator {

// The life of a contact centre, event by event in the order they happen, without end. It knows no text: what it tells
// depends on the seed and the size of the centre alone. Memory is bounded by the workers and the tasks open at a time.
class Simulation {
 public:
  // `centre` must outlive it.
  Simulation(const ContactCentre& centre, std::uint64_t seed, std::uint32_t tasks_per_hour);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // The next event. Its time is never before that of the last one.
  Happening next();

 private:
  Turn take_turn(const Entry& entry);
  Turn try_out(Moment now);
  Turn open_door(Moment now);
  Turn live_on(Moment now, std::uint32_t slot);
  void begin_task(Moment now, const Plan& plan, Style style);

  const std::uint32_t tasks_per_hour_;
  base::SeededRandom random_;
  Agenda agenda_;
  Staff staff_;
  std::vector<WorkerId> crew_;
  World world_;
  Administrator administrator_;
  Supervisor supervisor_;
  Shifts shifts_;
  std::vector<TaskLife> tasks_;  // by slot
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t tasks_begun_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace waybill::generator
