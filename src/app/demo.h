#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "eventlog/event_log.h"
#include "model/workspace.h"

namespace waybill::app {

// Writes one working day of a small contact centre, which ends at `now`, through the event log, and what a ledger would
// know of it: a morning that a pull has proven, half an hour in which no server ran, callbacks since then. Returns how
// many events it has. The same `now` gives the same day.
base::Result<std::uint64_t> write_demo_day(eventlog::EventLog& log, store::Ledger& ledger,
                                           const model::Account& account, base::Random& random, base::WallTime now);

}  // namespace waybill::app
