#include "generator/supervisor.h"

#include <algorithm>

namespace waybill::generator {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::uint64_t kTryoutTurns = 4;
constexpr Moment kTryoutGap = seconds(5);
constexpr Moment kGapForOneWorker = hours(20);

// How many workers are looked at to find one who is there.
constexpr int kTries = 8;

}  // namespace

Turn Supervisor::take_turn(Moment now, World& world, Happening& out) {
  const Moment gap = kGapForOneWorker / static_cast<std::int64_t>(world.centre.workers.size());
  const Moment next = now + (++turns_ < kTryoutTurns ? kTryoutGap : seconds(1) + skewed(world.random, gap));
  if (closed_) {
    out.type = EventType::kWorkerChannelAvailabilityUpdate;
    out.worker_channel = world.staff.toggle_channel(closed_->worker, closed_->channel);
    out.worker = world.staff.facts(closed_->worker);
    closed_.reset();
    return {.happened = true, .next = next};
  }
  const std::optional<WorkerId> worker = find_present(world);
  if (!worker) return {.happened = false, .next = next};
  const auto channel = static_cast<ChannelId>(world.centre.skew.draw(world.random, world.centre.channels.size()));
  switch (turns_ % 3) {
    case 0:
      out.type = EventType::kWorkerChannelAvailabilityUpdate;
      out.worker_channel = world.staff.toggle_channel(*worker, channel);
      closed_ = {.worker = *worker, .channel = channel};
      break;
    case 1:
      out.type = EventType::kWorkerAttributesUpdate;
      out.worker = world.staff.change_level(*worker);
      return {.happened = true, .next = next};
    default:
      out.type = EventType::kWorkerCapacityUpdate;
      out.worker_channel = world.staff.toggle_capacity(*worker, channel);
  }
  out.worker = world.staff.facts(*worker);
  return {.happened = true, .next = next};
}

std::optional<WorkerId> Supervisor::find_present(World& world) {
  const bool tries_out = world.staff.is_on_shift(WorkerId{0});
  for (int i = 0; i < kTries; ++i) {
    const auto worker = static_cast<WorkerId>(world.random.below(world.centre.workers.size()));
    if (world.staff.is_on_shift(worker)) return worker;
  }
  return tries_out ? std::optional(WorkerId{0}) : std::nullopt;
}

}  // namespace waybill::generator
