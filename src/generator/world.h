#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/random.h"
#include "generator/agenda.h"
#include "generator/contact_centre.h"
#include "generator/happening.h"
#include "generator/staff.h"

namespace waybill::generator {

// What all actors share. The references must outlive it.
struct World {
  const ContactCentre& centre;
  Staff& staff;
  Agenda& agenda;
  base::SeededRandom& random;
  std::span<const WorkerId> crew;  // with whom the routing is tried out
  std::uint64_t reservations = 0;  // made so far
  std::uint64_t transfers = 0;     // begun so far
};

// What an actor's turn brought: at most one event, so that all events of all actors come in the order of their time.
struct Turn {
  std::optional<Happening> happening;  // its time and number are left to whoever gave the turn
  std::optional<Moment> next;          // when to take the next turn; nothing: never again
};

}  // namespace waybill::generator
