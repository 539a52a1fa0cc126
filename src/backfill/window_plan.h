#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "backfill/spans.h"

namespace waybill::backfill {

// How wide the windows are that an upstream is asked for.
struct WindowRules {
  std::chrono::seconds first{3600};
  std::chrono::seconds most = std::chrono::hours(24 * 30);
  std::uint64_t events_wanted = 700;  // in one window: most of a page, so that few windows are too full
  std::int64_t growth_max = 4;        // from one window to the next
};

// Cuts spans into windows, oldest first, so that each holds about a page of events: narrower where one was too full,
// wider where events are few, so that a quiet month is a few requests. Pure.
class WindowPlan {
 public:
  WindowPlan(Spans spans, WindowRules rules);

  // The window to ask for next, until finished() or too_full() has told what became of it; nothing when all is done.
  [[nodiscard]] std::optional<Span> next() const;
  // It was had, with so many events. REQUIRES: `window` is what next() gave.
  void finished(const Span& window, std::uint64_t events);
  // It has more than can be had at once: narrower ones will be asked for. REQUIRES: as above, more than one second.
  void too_full(const Span& window);

  [[nodiscard]] std::int64_t seconds_left() const { return seconds_of(left_); }

 private:
  const WindowRules rules_;
  Spans left_;
  std::int64_t width_;
};

}  // namespace waybill::backfill
