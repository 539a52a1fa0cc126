#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "eventlog/event_log.h"
#include "model/workspace.h"

namespace waybill::app {

// Writes one working day of a small contact centre, which ends at `now`, through the event log. Returns how many events
// it has. The same `now` gives the same day.
base::Result<std::uint64_t> write_demo_day(eventlog::EventLog& log, const model::Account& account, base::Random& random,
                                           base::WallTime now);

}  // namespace waybill::app
