#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/sid.h"
#include "model/term.h"

namespace waybill::store {

// What a record says of its event: what it is found by, and where it belongs.
struct EventDescription {
  model::EventSid sid;
  base::WallTime time;
  model::TermList terms;
  std::string account_sid;    // as they are written there
  std::string workspace_sid;  // …
};

// Reads it out of a record; fails if the record is none. Pure.
using DescribeRecord = std::function<base::Result<EventDescription>(std::string_view)>;

}  // namespace waybill::store
