#include "generator/supervisor.h"

#include <utility>

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

Turn Supervisor::take_turn(Moment now, World& world) {
  const Moment gap = kGapForOneWorker / static_cast<std::int64_t>(world.centre.workers.size());
  ++turns_;
  return {.happening = act(world),
          .next = now + (turns_ < kTryoutTurns ? kTryoutGap : seconds(1) + skewed(world.random, gap))};
}

std::optional<Happening> Supervisor::act(World& world) {
  if (closed_) {
    const auto [worker, channel] = *std::exchange(closed_, std::nullopt);
    return toggle_channel(worker, channel, world);
  }
  const std::optional<WorkerId> worker = find_present(world);
  if (!worker) return std::nullopt;
  const std::uint64_t change = changes_++ % 3;
  if (change == 0) {
    return Happening{.type = EventType::kWorkerAttributesUpdate, .worker = world.staff.change_level(*worker)};
  }
  const auto channel = static_cast<ChannelId>(world.centre.skew.draw(world.random, world.centre.channels.size()));
  if (change == 1) {
    const WorkerChannelFacts facts = world.staff.toggle_capacity(*worker, channel);
    return Happening{
        .type = EventType::kWorkerCapacityUpdate, .worker = world.staff.facts(*worker), .worker_channel = facts};
  }
  closed_ = {.worker = *worker, .channel = channel};
  return toggle_channel(*worker, channel, world);
}

Happening Supervisor::toggle_channel(WorkerId worker, ChannelId channel, World& world) {
  const WorkerChannelFacts facts = world.staff.toggle_channel(worker, channel);
  return {.type = EventType::kWorkerChannelAvailabilityUpdate,
          .worker = world.staff.facts(worker),
          .worker_channel = facts};
}

std::optional<WorkerId> Supervisor::find_present(World& world) {
  for (int i = 0; i < kTries; ++i) {
    const auto worker = static_cast<WorkerId>(world.random.below(world.centre.workers.size()));
    if (world.staff.is_on_shift(worker)) return worker;
  }
  // During the tryout the crew is there, but hard to meet by chance among thousands.
  const WorkerId first = world.crew.front();
  return world.staff.is_on_shift(first) ? std::optional(first) : std::nullopt;
}

}  // namespace waybill::generator
