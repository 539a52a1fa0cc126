#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/text_event.h"
#include "model/limits.h"

namespace waybill::webhook {

// An event that an Event Streams sink was sent.
struct StreamEvent {
  std::size_t index = 0;  // of the element in the batch
  std::string account_sid;
  std::string workspace_sid;
  codec::TextEvent event;
};

struct BadElement {
  std::size_t index = 0;
  std::string problem;
};

struct StreamBatch {
  std::vector<StreamEvent> events;
  std::size_t others = 0;       // CloudEvents that are no TaskRouter events
  std::vector<BadElement> bad;  // neither, or events that lack what every event has
};

// The body that an Event Streams sink is sent: one CloudEvent 1.0 in JSON, or an array of them. Of TaskRouter events
// (`com.twilio.taskrouter.…`, schema TaskRouter.WDSEvent) the payload's base members become the event's, the others
// members of event_data, as texts; dates among them are seconds since 1970, null is left out. kInvalidArgument for what
// is no whole array or object; kTooLarge for more than limits.batch_events_max elements.
base::Result<StreamBatch> decode_stream(std::string_view body, const model::Limits& limits);

}  // namespace waybill::webhook
