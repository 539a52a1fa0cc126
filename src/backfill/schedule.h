#pragma once

#include <chrono>

#include "backfill/spans.h"

namespace waybill::backfill {

// When a span is asked for, and when again.
struct ScheduleRules {
  // A span is proven by a pull that was asked at least this long after its end: events turn up late.
  std::chrono::seconds settle{3600};
  // Each poll reads so much of the newest history again, so that late events come soon.
  std::chrono::seconds trailing{300};
  // What has settled since its last pull is asked for once more when there is so much of it; less would be many small
  // requests.
  std::chrono::seconds settled_least{900};
};

// What is known before a poll.
struct Known {
  Spans proven;
  Spans asked;     // by earlier polls of this process, early enough to be unproven or not
  Spans given_up;  // that earlier polls of this process could not get or prove, and would fail at again
};

// The seconds of `range` to ask for at the second `now`: what has never been asked for, the trailing span, and what has
// settled in the meantime. What is proven is never asked for again, and what was given up not by this process. Pure.
Spans spans_to_ask(const Span& range, const Known& known, std::int64_t now, const ScheduleRules& rules);

// What of a span a pull proves that was asked for at `asked`, of an upstream that keeps events for `kept` (unset: for
// ever): what had settled by then, and what the upstream had not forgotten.
struct Proof {
  std::chrono::seconds settle{3600};
  std::optional<std::chrono::seconds> kept;
};
Spans provable(const Span& span, base::WallTime asked, const Proof& proof);

}  // namespace waybill::backfill
