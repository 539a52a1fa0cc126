#pragma once

#include <chrono>
#include <span>

#include "backfill/spans.h"
#include "store/ledger.h"

namespace waybill::backfill {

// The seconds that some pulls prove together, where events may turn up as long as `settle` after they happened. A
// ledger cuts what it knows between any two milliseconds: a second that two of its pulls share is proven too.
Spans proven_seconds(std::span<const store::Pull> pulls, std::chrono::milliseconds settle);

}  // namespace waybill::backfill
