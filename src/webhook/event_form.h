#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json_scan.h"

namespace waybill::webhook {

// The name that a member of event_data has in a callback: `task_queue_sid` is TaskQueueSid.
std::string parameter_name(std::string_view member);

// The parameters of the callback that would have brought an event, decoded, in no order that matters: the event's own
// members under their callback names, then those of event_data. A value that is no text becomes the text of its JSON;
// null is left out. `event` is an event as the Events API shows it. kInvalidArgument, naming the member, if one that
// every callback has is missing: sid, event_type, event_date_ms.
base::Result<std::vector<std::pair<std::string, std::string>>> form_of_event(const codec::CheckedJson& event);

}  // namespace waybill::webhook
