#pragma once

#include <compare>
#include <cstdint>

#include "base/clock.h"

namespace waybill::model {

// An event's place in the log: rises in the order of commits, from 1, never used twice. It says when we learned of an
// event, as event_date_ms says when it happened.
enum class Position : std::uint64_t {};

constexpr Position kNoPosition{0};

constexpr std::uint64_t to_number(Position position) { return static_cast<std::uint64_t>(position); }

// The order of lists: by time, ties by position.
struct SortKey {
  base::WallTime time;
  Position position = kNoPosition;
  friend constexpr auto operator<=>(const SortKey&, const SortKey&) = default;
};

}  // namespace waybill::model
