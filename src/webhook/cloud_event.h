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
  std::size_t index = 0;      // of the element in the batch
  std::string id;             // of the CloudEvent, to find it at the sender; may be empty
  std::string account_sid;    // empty: it does not say
  std::string workspace_sid;  // empty: it does not say
  codec::TextEvent event;
  std::string_view text;  // the element in the body
};

struct BadElement {
  std::size_t index = 0;
  std::string id;
  std::string account_sid;    // as far as it says
  std::string workspace_sid;  // as far as it says
  std::string problem;
  std::string_view text;
};

struct StreamBatch {
  std::vector<StreamEvent> events;
  std::size_t others = 0;       // CloudEvents that are no TaskRouter events
  std::vector<BadElement> bad;  // neither, or events that are too large or lack what every event has
};

// The body that an Event Streams sink is sent: one CloudEvent 1.0 in JSON, or an array of them. Of TaskRouter events
// (`com.twilio.taskrouter.…`, schema TaskRouter.WDSEvent) the payload's base members become the event's, the others
// members of event_data, as texts; dates among them are seconds since 1970, null is left out. Elements that have no
// account or workspace are events too; whoever knows may add them. Behind an element that is no JSON it goes on with
// the next CloudEvent; what lies between is a bad element, so that all of a body stands in one element or another.
// kInvalidArgument for what is no whole array or object; kTooLarge for more than limits.batch_events_max elements.
// `body` must outlive what is given.
base::Result<StreamBatch> decode_stream(std::string_view body, const model::Limits& limits);

}  // namespace waybill::webhook
