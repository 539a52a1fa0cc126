#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/event_json.h"
#include "codec/text_event.h"
#include "http/url.h"
#include "model/event.h"
#include "model/limits.h"

namespace waybill::webhook {

// More parameters than this in one callback are refused; they have some forty.
constexpr std::size_t kParametersMax = 1000;

// The form body of an event callback: names and values, decoded, UTF-8. kInvalidArgument for what is no such form,
// kTooLarge for too many parameters.
base::Result<http::Parameters> decode_form(std::string_view text);

// The value of the first parameter of that name; empty if there is none.
std::string_view find_parameter(const http::Parameters& form, std::string_view name);

// What a callback tells: base parameters become the event's members, all others, with workspace_sid and workspace_name,
// members of event_data, in snake_case, as strings. A callback without a Sid gets one made from its parameters,
// whatever their order. kInvalidArgument, naming the parameter, for two that would be the same member, and for a time
// that is none. REQUIRES: the form is UTF-8.
base::Result<codec::TextEvent> read_callback(const http::Parameters& form);

// The event itself. Errors as codec::TextEvent::build too.
base::Result<model::Event> decode_callback(const http::Parameters& form, const codec::Arrival& arrival,
                                           const model::Limits& limits);

// `TaskQueueSid` in snake_case: `task_queue_sid`.
std::string to_snake_case(std::string_view name);

// A sid made from what an event says, so that the same event gets the same one again.
std::string sid_of_content(std::string_view content);

}  // namespace waybill::webhook
