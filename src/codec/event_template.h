#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "codec/record.h"

namespace waybill::codec {

// The text that is compressed in a record of version 2 (docs/formats/record.md): an event's JSON in which codes stand
// for the sids it names, for its time, and where its URLs and task attributes are. What is left is much the same from
// event to event. The codes are control characters, which compact JSON never contains as they are.

// The most bytes of JSON a record may hold: the largest event that can be let in, and what completes it.
constexpr std::size_t kJsonBytesMax = 256UL * 1024 * 1024 + 64UL * 1024;

// A template and what its codes stand for.
struct EventTemplate {
  std::string_view text;
  std::string_view values;  // model::kRecordValueBytes for each
  base::WallTime time;
};

// Replaces `text` and `values` by the template of `event` and the values it names, in the order of their first
// appearance. REQUIRES: the places of `event` are what ShownEvent says.
void make_template(const ShownEvent& event, std::string& text, std::string& values);

// Appends the JSON of the template, with `public_base` put into its URLs, and its task attributes replaced if they are
// redacted; returns where things stand, as offsets into what was appended. kCorruption, and `out` as it was, for what
// is no template.
base::Result<Places> append_expanded(std::string& out, const EventTemplate& event, std::string_view public_base,
                                     TaskAttributes attributes);

}  // namespace waybill::codec
