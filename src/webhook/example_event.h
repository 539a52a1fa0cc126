#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/url.h"

namespace waybill::webhook {

// An event that is made up, to try a receiver with.
struct ExampleEvent {
  std::string account_sid;
  std::string workspace_sid;
  std::string sid;       // EV…
  std::string type;      // task.created
  base::WallTime time;   // when it happened
  std::string hex_part;  // 32 hex digits, which its resources have behind their letters
};

// The form of the callback that tells of it, as the service sends it: with the parameters of its resource.
http::Parameters example_form(const ExampleEvent& event);

// The body that an Event Streams sink is sent of them: an array of CloudEvents in JSON.
std::string example_stream(std::span<const ExampleEvent> events);

}  // namespace waybill::webhook
