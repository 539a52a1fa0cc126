#include "generator/administrator.h"

namespace waybill::generator {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

// The gaps while setting up. Even the largest centre stands before the crew comes.
constexpr Moment kSetUpGapMin = milliseconds(1);
constexpr Moment kSetUpGapMax = milliseconds(9);

// Means: between the steps of an errand, and between two errands.
constexpr Moment kErrandGap = minutes(25);
constexpr Moment kBetweenErrands = minutes(70);

constexpr std::int64_t kChangesMax = 4;

}  // namespace

Administrator::Administrator(const ContactCentre& centre) { set_up(centre); }

Turn Administrator::take_turn(Moment now, World& world) {
  if (done_ == script_.size()) {
    done_ = 0;
    script_.clear();
    settled_ = true;
    plan(static_cast<Errand>(world.random.below(kErrandCount)), world.centre, world.random);
    return {.happening = {}, .next = now + skewed(world.random, kBetweenErrands)};
  }
  const auto& [type, thing] = script_[done_++];
  Happening out{.type = type, .thing = thing};
  if (facts_of(type).resource == Resource::kWorker) {
    const int hired_level = worker_numbered(world.centre, thing.number).level;
    out.worker = {.number = thing.number, .version = thing.changes, .level = hired_level + thing.changes};
  }
  const Moment gap = settled_ ? skewed(world.random, kErrandGap) : between(world.random, kSetUpGapMin, kSetUpGapMax);
  return {.happening = out, .next = now + gap};
}

void Administrator::set_up(const ContactCentre& centre) {
  const auto create = [this](EventType type, std::uint64_t count) {
    for (std::uint64_t number = 0; number < count; ++number) script_.push_back({type, {.number = number}});
  };
  create(EventType::kWorkspaceCreated, 1);
  create(EventType::kActivityCreated, centre.activities.size());
  create(EventType::kTaskChannelCreated, centre.channels.size());
  create(EventType::kTaskQueueCreated, centre.queues.size());
  create(EventType::kWorkflowCreated, centre.workflows.size());
  base::SeededRandom unused(0);
  for (std::uint64_t errand = 0; errand < kErrandCount; ++errand) {
    plan(static_cast<Errand>(errand), centre, unused);
  }
}

void Administrator::plan(Errand errand, const ContactCentre& centre, base::SeededRandom& random) {
  const std::uint64_t number = errands_++;
  const auto changes = static_cast<std::uint8_t>(random.between(1, kChangesMax));
  switch (errand) {
    case Errand::kActivity:
      return plan_life(EventType::kActivityCreated, EventType::kActivityUpdated, EventType::kActivityDeleted,
                       kActivityCount + number);
    case Errand::kTaskChannel:
      return plan_life(EventType::kTaskChannelCreated, EventType::kTaskChannelUpdated, EventType::kTaskChannelDeleted,
                       kChannelsMax + number);
    case Errand::kTaskQueue:
      return plan_life(EventType::kTaskQueueCreated, EventType::kTaskQueueExpressionUpdated,
                       EventType::kTaskQueueDeleted, centre.queues.size() + number);
    case Errand::kWorkflow:
      return plan_life(EventType::kWorkflowCreated, EventType::kWorkflowUpdated, EventType::kWorkflowDeleted,
                       centre.workflows.size() + number);
    case Errand::kTrainee:
      return plan_life(EventType::kWorkerCreated, EventType::kWorkerAttributesUpdate, EventType::kWorkerDeleted,
                       centre.workers.size() + number);
    case Errand::kWorkspace:
      return plan_life(EventType::kWorkspaceCreated, EventType::kWorkspaceUpdated, EventType::kWorkspaceDeleted,
                       1 + number);
    case Errand::kOtherExpression:
      script_.push_back({EventType::kTaskQueueExpressionUpdated, {random.below(centre.queues.size()), changes}});
      return;
    case Errand::kOtherRouting:
      script_.push_back({EventType::kWorkflowUpdated, {random.below(centre.workflows.size()), changes}});
      script_.push_back({EventType::kWorkspaceUpdated, {0, changes}});
      return;
  }
}

void Administrator::plan_life(EventType created, EventType changed, EventType deleted, std::uint64_t number) {
  script_.push_back({created, {.number = number, .changes = 0}});
  script_.push_back({changed, {.number = number, .changes = 1}});
  script_.push_back({deleted, {.number = number, .changes = 1}});
}

}  // namespace waybill::generator
