#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "generator/simulation.h"

namespace waybill::generator {

// Brings the events of a simulation into the order in which an archive hears of them: most at once, a few of a hundred
// late by seconds or minutes, hardly any by an hour. What comes before the doors open is punctual. Holds back a
// bounded number of events.
class Arrivals {
 public:
  // `simulation` must outlive it.
  Arrivals(Simulation& simulation, std::uint64_t seed);

  // The next event to arrive.
  Happening next();

 private:
  struct Late {
    Moment arrival;
    Happening happening;
  };
  static bool arrives_later(const Late& a, const Late& b);

  Moment draw_delay(const Happening& happening);

  Simulation& simulation_;
  base::SeededRandom random_;
  Happening upcoming_;
  std::vector<Late> late_;  // a heap, the first to arrive on top
};

}  // namespace waybill::generator
