#include "generator/staff.h"

#include <algorithm>

#include "base/check.h"

namespace waybill::generator {
namespace {

// Of all channels together: nobody talks to ten people at once.
constexpr int kTasksMax = 5;

// How many members are looked at for one free worker: by preference first, then in turn.
constexpr int kPreferredTries = 4;
constexpr std::size_t kTurnsMax = 24;

constexpr int kLevelMax = 9;

}  // namespace

Staff::Staff(const ContactCentre& centre) : centre_(centre), states_(centre.workers.size()) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    states_[i].level = centre.workers[i].level;
    for (std::size_t c = 0; c < centre.channels.size(); ++c) {
      states_[i].channel_capacity[c] = static_cast<std::uint8_t>(centre.channels[c].capacity);
    }
  }
}

WorkerFacts Staff::facts(WorkerId worker) const {
  const State& state = at(worker);
  return {.number = index_of(worker),
          .activity = state.activity,
          .previous_activity = state.previous_activity,
          .in_previous_activity = state.in_previous_activity,
          .version = state.version,
          .level = state.level};
}

WorkerFacts Staff::change_activity(WorkerId worker, ActivityId activity, Moment now) {
  State& state = at(worker);
  CHECK(state.activity != activity);
  state.previous_activity = state.activity;
  state.in_previous_activity = now - state.since;
  state.activity = activity;
  state.since = now;
  ++state.version;
  return facts(worker);
}

WorkerFacts Staff::change_level(WorkerId worker) {
  at(worker).level = at(worker).level % kLevelMax + 1;
  ++at(worker).version;
  return facts(worker);
}

WorkerChannelFacts Staff::toggle_capacity(WorkerId worker, ChannelId channel) {
  State& state = at(worker);
  const int usual = centre_[channel].capacity;
  const int previous = state.channel_capacity[index_of(channel)];
  state.channel_capacity[index_of(channel)] = static_cast<std::uint8_t>(previous == usual ? usual + 1 : usual);
  ++state.version;
  WorkerChannelFacts out = channel_facts(worker, channel);
  out.previous_capacity = previous;
  return out;
}

WorkerChannelFacts Staff::toggle_channel(WorkerId worker, ChannelId channel) {
  State& state = at(worker);
  state.channel_closed[index_of(channel)] = !state.channel_closed[index_of(channel)];
  ++state.version;
  return channel_facts(worker, channel);
}

std::optional<WorkerId> Staff::find_free(std::span<const WorkerId> members, ChannelId channel,
                                         std::span<const WorkerId> except, base::SeededRandom& random) const {
  const auto suits = [&](WorkerId worker) {
    return can_take(worker, channel) && std::find(except.begin(), except.end(), worker) == except.end();
  };
  for (int i = 0; i < kPreferredTries; ++i) {
    const WorkerId worker = members[centre_.skew.draw(random, members.size())];
    if (suits(worker)) return worker;
  }
  const std::size_t from = random.below(members.size());
  for (std::size_t i = 0; i < std::min(members.size(), kTurnsMax); ++i) {
    const WorkerId worker = members[(from + i) % members.size()];
    if (suits(worker)) return worker;
  }
  return std::nullopt;
}

void Staff::take_task(WorkerId worker, ChannelId channel) {
  ++at(worker).tasks;
  ++at(worker).channel_tasks[index_of(channel)];
}

void Staff::drop_task(WorkerId worker, ChannelId channel) {
  CHECK(at(worker).channel_tasks[index_of(channel)] > 0);
  --at(worker).tasks;
  --at(worker).channel_tasks[index_of(channel)];
}

bool Staff::can_take(WorkerId worker, ChannelId channel) const {
  const State& state = at(worker);
  const std::size_t c = index_of(channel);
  return state.activity == ActivityId::kAvailable && state.tasks < kTasksMax && !state.channel_closed[c] &&
         state.channel_tasks[c] < state.channel_capacity[c];
}

WorkerChannelFacts Staff::channel_facts(WorkerId worker, ChannelId channel) const {
  const State& state = at(worker);
  const std::size_t c = index_of(channel);
  return {.channel = channel,
          .available = !state.channel_closed[c],
          .capacity = state.channel_capacity[c],
          .previous_capacity = state.channel_capacity[c],
          .tasks = state.channel_tasks[c]};
}

}  // namespace waybill::generator
