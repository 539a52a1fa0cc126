#pragma once

#include <string>

#include "ledger/completeness.h"
#include "store/ledger.h"

namespace waybill::ledger {

// The words of the wire and of the terminal.
std::string to_text(State state);           // proven, claimed, open
std::string to_text(store::FeedRoad road);  // callback, event_stream
std::string to_text(store::GapReason why);  // absent, refused, unreachable

}  // namespace waybill::ledger
