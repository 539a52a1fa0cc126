#pragma once

#include <cstdint>
#include <vector>

#include "generator/world.h"

namespace waybill::generator {

// Makes what the centre consists of, tries once how each kind of thing is made, changed and removed, and later comes
// back now and then for an errand: a queue for a sale, a trainee, another expression.
class Administrator {
 public:
  explicit Administrator(const ContactCentre& centre);

  Turn take_turn(Moment now, World& world);

 private:
  enum class Errand : std::uint8_t {
    kActivity,
    kTaskChannel,
    kTaskQueue,
    kWorkflow,
    kTrainee,
    kWorkspace,
    kOtherExpression,
    kOtherRouting,
  };
  static constexpr std::uint64_t kErrandCount = 8;

  struct Act {
    EventType type;
    ThingFacts thing;
  };

  void set_up(const ContactCentre& centre);
  void plan(Errand errand, const ContactCentre& centre, base::SeededRandom& random);
  void plan_life(EventType created, EventType changed, EventType deleted, std::uint64_t number);

  std::vector<Act> script_;
  std::size_t done_ = 0;
  std::uint64_t errands_ = 0;
  bool settled_ = false;  // everything is set up
};

}  // namespace waybill::generator
