#pragma once

#include <cstdint>
#include <optional>

#include "generator/world.h"

namespace waybill::generator {

// Changes what single workers may do: their attributes, how much of a channel they take, and whether they take it at
// all. Each of these comes first while the routing is tried out, and then about once a worker and day.
class Supervisor {
 public:
  Turn take_turn(Moment now, World& world);

 private:
  // One change, where somebody is there.
  std::optional<Happening> act(World& world);
  static Happening toggle_channel(WorkerId worker, ChannelId channel, World& world);
  [[nodiscard]] static std::optional<WorkerId> find_present(World& world);

  struct Closed {
    WorkerId worker;
    ChannelId channel;
  };

  std::uint64_t turns_ = 0;
  std::uint64_t changes_ = 0;     // besides opening again; their kinds take turns
  std::optional<Closed> closed_;  // to be opened again next
};

}  // namespace waybill::generator
