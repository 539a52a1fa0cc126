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

// Beyond so many a form is not even looked at.
constexpr std::size_t kParametersSignedMax = 20'000;

// The form body of an event callback: names and values, decoded, whatever bytes they are; enough to check its signature
// and to see whose it is. A '%' without two hex digits stands for itself. kTooLarge beyond kParametersSignedMax.
base::Result<http::Parameters> split_form(std::string_view text);

// Whether a form can be read as an event. kInvalidArgument for a name that is not UTF-8; kTooLarge beyond
// kParametersMax.
base::Result<void> check_form(const http::Parameters& form);

// Both. REQUIRES: nothing of what follows is called with a form that did not pass.
base::Result<http::Parameters> decode_form(std::string_view text);

// The value of the last parameter of that name; empty if there is none.
std::string_view find_parameter(const http::Parameters& form, std::string_view name);

// What a callback tells: base parameters become the event's members, all others, with workspace_sid and workspace_name,
// members of event_data, in snake_case, as strings. Of a parameter that is repeated the last counts; one of two that
// would be the same member in snake_case keeps its own name, and so does a time that is none beside one that is. A
// callback without a Sid gets one made from its parameters, whatever their order. kInvalidArgument for one without a
// time. REQUIRES: the names are UTF-8; values need not be.
base::Result<codec::TextEvent> read_callback(const http::Parameters& form);

// The event itself. Errors as codec::TextEvent::build too.
base::Result<model::Event> decode_callback(const http::Parameters& form, const codec::Arrival& arrival,
                                           const model::Limits& limits);

// `TaskQueueSid` in snake_case: `task_queue_sid`.
std::string to_snake_case(std::string_view name);

// A sid made from what an event says, so that the same event gets the same one again.
std::string sid_of_content(std::string_view content);

}  // namespace waybill::webhook
