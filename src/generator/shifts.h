#pragma once

#include <cstdint>
#include <vector>

#include "generator/world.h"

namespace waybill::generator {

// Brings the workers to work and home again, day after day, with their breaks.
class Shifts {
 public:
  explicit Shifts(const ContactCentre& centre) : days_(centre.workers.size()) {}

  // When a worker's first turn is due: the crew's before the tryout, everybody else's after it.
  [[nodiscard]] Moment hired_at(WorkerId worker) const;

  Turn take_turn(Moment now, WorkerId worker, World& world);

  // A worker who had missed or declined something is ready again, unless the shift brought something else meanwhile.
  static Turn come_back(Moment now, WorkerId worker, World& world);

 private:
  // Where somebody stands in life.
  struct Day {
    std::int64_t number = -1;  // -1: not hired yet
    std::size_t step = 0;      // the next one
  };

  static std::optional<Happening> do_step(WorkerId worker, ActivityId activity, Moment now, World& world);
  // Makes the next step of the day, or of the next day at work, the next one.
  void go_on(WorkerId worker);
  [[nodiscard]] Moment time_of_step(WorkerId worker, Moment now, World& world) const;

  std::vector<Day> days_;
};

}  // namespace waybill::generator
