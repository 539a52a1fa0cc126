#include "generator/plan.h"

#include <array>

namespace waybill::generator {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct EndingShare {
  Ending ending;
  int per_mille;
};
// Completed is what is left.
constexpr std::array<EndingShare, 7> kEndings = {{{Ending::kAbandoned, 30},
                                                  {Ending::kHungUp, 15},
                                                  {Ending::kExhausted, 8},
                                                  {Ending::kDeleted, 4},
                                                  {Ending::kSkipped, 4},
                                                  {Ending::kExpired, 2},
                                                  {Ending::kForgotten, 1}}};

constexpr std::array<Plan, 15> kTryout = {{
    {},
    {.updates = 1},
    {.misses = 1},
    {.refusals = 1},
    {.rivals = 1},
    {.reservation_fails = true},
    {.transfer = TransferFate::kCompletes},
    {.transfer = TransferFate::kFailsOnce},
    {.transfer = TransferFate::kFails},
    {.transfer = TransferFate::kIsCanceled},
    {.ending = Ending::kForgotten},
    {.ending = Ending::kDeleted},
    {.ending = Ending::kExhausted},
    {.ending = Ending::kSkipped},
    {.ending = Ending::kExpired},
}};

Ending draw_ending(base::SeededRandom& random) {
  auto at = static_cast<int>(random.below(1000));
  for (const EndingShare& share : kEndings) {
    if (at < share.per_mille) return share.ending;
    at -= share.per_mille;
  }
  return Ending::kCompleted;
}

TransferFate draw_transfer(base::SeededRandom& random) {
  if (!random.chance(0.06)) return TransferFate::kNone;
  const std::uint64_t percent = random.below(100);
  if (percent < 70) return TransferFate::kCompletes;
  if (percent < 82) return TransferFate::kFailsOnce;
  return percent < 92 ? TransferFate::kFails : TransferFate::kIsCanceled;
}

// 0 mostly, 1 with the given chance, 2 with its square, at most 3.
int draw_few(base::SeededRandom& random, double chance) {
  int count = 0;
  while (count < 3 && random.chance(chance)) ++count;
  return count;
}

constexpr Pace kWorkingPace = {.look_min = seconds(1),
                               .look_max = seconds(6),
                               .target_min = seconds(40),
                               .target_max = minutes(4),
                               .answer = seconds(5),
                               .no_answer = seconds(30),
                               .talk = minutes(4),
                               .wrap_up = seconds(45),
                               .patience = seconds(50),
                               .lifetime = hours(1),
                               .forgotten = hours(24),
                               .away = minutes(6)};

constexpr Pace kTryoutPace = {.look_min = milliseconds(300),
                              .look_max = seconds(1),
                              .target_min = seconds(2),
                              .target_max = seconds(3),
                              .answer = seconds(1),
                              .no_answer = seconds(4),
                              .talk = seconds(4),
                              .wrap_up = seconds(2),
                              .patience = seconds(3),
                              .lifetime = seconds(15),
                              .forgotten = seconds(20),
                              .away = seconds(5)};

}  // namespace

Plan draw_plan(base::SeededRandom& random) {
  return {.ending = draw_ending(random),
          .transfer = draw_transfer(random),
          .rivals = draw_few(random, 0.04),
          .misses = draw_few(random, 0.05),
          .refusals = draw_few(random, 0.08),
          .updates = draw_few(random, 0.25),
          .reservation_fails = random.chance(0.004),
          .wraps_up = random.chance(0.85)};
}

std::span<const Plan> tryout_plans() { return kTryout; }

const Pace& pace_of(Style style) { return style == Style::kTryout ? kTryoutPace : kWorkingPace; }

}  // namespace waybill::generator
