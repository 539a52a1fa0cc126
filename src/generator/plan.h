#pragma once

#include <span>

#include "base/random.h"
#include "generator/calendar.h"

namespace waybill::generator {

// How a task's life ends, if nothing comes in between: without a free worker any of them ends with the workflow.
enum class Ending : std::uint8_t {
  kCompleted,
  kForgotten,  // nobody closes it, until the system deletes it
  kAbandoned,  // the customer leaves while waiting
  kHungUp,     // the customer leaves while a worker is being asked
  kDeleted,    // deleted over the API while a worker is being asked
  kExpired,    // its time to live runs out
  kExhausted,  // no target of the workflow takes it
  kSkipped,    // the last target is left out, by its own condition
};

// What becomes of the one transfer a conversation may have.
enum class TransferFate : std::uint8_t { kNone, kCompletes, kFailsOnce, kFails, kIsCanceled };

// What fate has in store for one task.
struct Plan {
  Ending ending = Ending::kCompleted;
  TransferFate transfer = TransferFate::kNone;
  int rivals = 0;                  // workers asked at the same time besides the first
  int misses = 0;                  // times nobody answers before somebody does
  int refusals = 0;                // times somebody declines before somebody accepts
  int updates = 0;                 // changes of the attributes during the conversation
  bool reservation_fails = false;  // the first one, before it reaches a worker
  bool wraps_up = true;
};

Plan draw_plan(base::SeededRandom& random);

// The plans of the tryout before the doors open: together they play everything that can happen to a task.
std::span<const Plan> tryout_plans();

// Whether a task is one of the tryout, where the crew takes all and everything goes quickly, or a customer's.
enum class Style : std::uint8_t { kTryout, kWorking };

// How long the parts of a life take. Means, except where it says otherwise.
struct Pace {
  Moment look_min;  // until somebody free is looked for again: uniform between both
  Moment look_max;
  Moment target_min;  // until a target of the workflow times out: uniform between both
  Moment target_max;
  Moment answer;
  Moment no_answer;  // exactly
  Moment talk;
  Moment wrap_up;
  Moment patience;   // of who abandons
  Moment lifetime;   // exactly: of who expires
  Moment forgotten;  // exactly
  Moment away;       // after a reservation was missed or declined
};

const Pace& pace_of(Style style);

}  // namespace waybill::generator
