#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "generator/contact_centre.h"
#include "generator/happening.h"

namespace waybill::generator {

// How the workers stand at this moment: what each does, how many tasks of which channel each has. Every change tells
// the facts of the event that reports it.
class Staff {
 public:
  // `centre` must outlive it.
  explicit Staff(const ContactCentre& centre);

  // The worker as an event of this moment shows it.
  [[nodiscard]] WorkerFacts facts(WorkerId worker) const;

  [[nodiscard]] ActivityId activity(WorkerId worker) const { return at(worker).activity; }
  [[nodiscard]] bool is_busy(WorkerId worker) const { return at(worker).tasks > 0; }

  // Whether the shift has begun and not ended.
  [[nodiscard]] bool is_on_shift(WorkerId worker) const { return at(worker).on_shift; }
  void set_on_shift(WorkerId worker, bool on_shift) { at(worker).on_shift = on_shift; }

  // REQUIRES: the worker does something else now.
  WorkerFacts change_activity(WorkerId worker, ActivityId activity, Moment now);
  // One level up, from the highest to the lowest.
  WorkerFacts change_level(WorkerId worker);
  // One more task of the channel than usual, or again as usual.
  WorkerChannelFacts toggle_capacity(WorkerId worker, ChannelId channel);
  WorkerChannelFacts toggle_channel(WorkerId worker, ChannelId channel);

  // One of `members` who can take a task of the channel and is not in `except`, the first ones preferred. Looks at a
  // bounded number of them, so that somebody free can be overlooked in a large queue.
  [[nodiscard]] std::optional<WorkerId> find_free(std::span<const WorkerId> members, ChannelId channel,
                                                  std::span<const WorkerId> except, base::SeededRandom& random) const;

  // A task of the channel is with the worker from now on, or no longer. REQUIRES: they alternate.
  void take_task(WorkerId worker, ChannelId channel);
  void drop_task(WorkerId worker, ChannelId channel);

 private:
  struct State {
    ActivityId activity = ActivityId::kOffline;
    ActivityId previous_activity = ActivityId::kOffline;
    Moment since{0};
    Moment in_previous_activity{0};
    std::uint32_t version = 0;
    int level = 0;
    bool on_shift = false;
    int tasks = 0;
    std::array<std::uint8_t, kChannelsMax> channel_tasks{};
    std::array<std::uint8_t, kChannelsMax> channel_capacity{};
    std::array<bool, kChannelsMax> channel_closed{};
  };

  [[nodiscard]] const State& at(WorkerId worker) const { return states_[index_of(worker)]; }
  [[nodiscard]] State& at(WorkerId worker) { return states_[index_of(worker)]; }
  [[nodiscard]] bool can_take(WorkerId worker, ChannelId channel) const;
  [[nodiscard]] WorkerChannelFacts channel_facts(WorkerId worker, ChannelId channel) const;

  const ContactCentre& centre_;
  std::vector<State> states_;
};

}  // namespace waybill::generator
