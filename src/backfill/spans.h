#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace waybill::backfill {

// Whole seconds since the epoch, both ends inclusive: the grain in which an Events API can be asked.
struct Span {
  std::int64_t from = 0;
  std::int64_t to = 0;  // at least `from`

  [[nodiscard]] std::int64_t seconds() const { return to - from + 1; }
  [[nodiscard]] bool holds(std::int64_t second) const { return from <= second && second <= to; }
  friend bool operator==(const Span&, const Span&) = default;
};

// In order, none touching another.
using Spans = std::vector<Span>;

// The same seconds as Spans; what is empty is left out.
Spans join(std::vector<Span> spans);

// The seconds of `all` that are not in `taken`, and those that are in both.
Spans subtract(const Spans& all, const Spans& taken);
Spans intersect(const Spans& a, const Spans& b);

// How many there are.
std::int64_t seconds_of(const Spans& spans);

// The seconds that lie wholly between two times, both inclusive; nothing if there is none.
std::optional<Span> whole_seconds(base::WallTime from, base::WallTime to);

// The first and the last millisecond of a span.
base::WallTime first_moment(const Span& span);
base::WallTime last_moment(const Span& span);

}  // namespace waybill::backfill
