#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::codec {

// An event's JSON as it is shown, with the three places left open where the public base of its URLs goes, and the
// place known where its task attributes stand. Offsets count bytes of `json`; 0 means there is no such place.
struct ShownEvent {
  std::string json;
  std::uint32_t url_at = 0;
  std::uint32_t actor_url_at = 0;
  std::uint32_t resource_url_at = 0;
  std::uint32_t attributes_begin = 0;  // event_data.task_attributes, quotes included
  std::uint32_t attributes_end = 0;
};

// The bytes a store keeps of an event (docs/formats/record.md). REQUIRES: json under 4 GiB.
std::string encode_record(const ShownEvent& event);

// kCorruption if the bytes are not what encode_record writes; kUnavailable if a later release wrote them. Neither looks
// into the JSON: that it is whole is the business of who keeps the record.
base::Result<ShownEvent> decode_record(std::string_view record);

enum class TaskAttributes { kShown, kRedacted };

// Appends the event to `out` as the API shows it: its URLs on `public_base` (such as "https://host", no slash at the
// end), its task attributes as `"{}"` if they are redacted. Nothing is appended on failure, which is decode_record's.
base::Result<void> append_shown(std::string& out, std::string_view record, std::string_view public_base,
                                TaskAttributes attributes);

}  // namespace waybill::codec
