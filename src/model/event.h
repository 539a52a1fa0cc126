#pragma once

#include <string>

#include "base/clock.h"
#include "model/sid.h"
#include "model/term.h"

namespace waybill::model {

// One event as it enters the log: what it is found by, and the bytes it is shown from. `record` is rendered by
// codec/record.h; stores keep and copy it, and look no further into it than model/record_parts.h does.
struct Event {
  EventSid sid;
  base::WallTime time;  // event_date_ms: rules order and window
  TermList terms;
  std::string record;
  std::string workspace_name = {};  // event_data.workspace_name; names a workspace that is new, and is not kept else
};

}  // namespace waybill::model
