#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace waybill::codec {

// Where the public base goes in an event's JSON, and where its task attributes stand. Offsets count bytes of the JSON;
// 0 means there is no such place. Those that are set rise in the order url_at, actor_url_at, attributes_begin,
// attributes_end, resource_url_at; both ends of the attributes are set, or neither.
struct Places {
  std::uint32_t url_at = 0;
  std::uint32_t actor_url_at = 0;
  std::uint32_t resource_url_at = 0;
  std::uint32_t attributes_begin = 0;  // event_data.task_attributes, quotes included
  std::uint32_t attributes_end = 0;
  friend bool operator==(const Places&, const Places&) = default;
};

// An event's JSON as it is shown, with the places left open where the public base of its URLs goes.
struct ShownEvent {
  std::string json;
  Places places = {};
  // Where the JSON spells the event's time, so that a record need not: behind attributes_end, in this order.
  base::WallTime time = {};
  std::uint32_t date_at = 0;          // the 20 characters of base::to_second_text(time); 0 if they do not stand there
  std::uint32_t milliseconds_at = 0;  // the digits of base::to_ms(time); 0 if they do not stand there
  // JSON that is kept beside the event and that nothing here shows but append_extra (codec/event_extra.h); may be
  // empty.
  std::string extra = {};
};

// The bytes a store keeps of an event (docs/formats/record.md, version 2): compressed, the same for the same event.
// REQUIRES: json is compact; it and the extra are no longer than kJsonBytesMax of codec/event_template.h.
std::string encode_record(const ShownEvent& event);

// The same event in version 1, without its extra: larger, and shown by copying alone.
std::string encode_plain_record(const ShownEvent& event);

// The record in version 1, whichever version it has. kCorruption if the bytes are not what encode_record writes;
// kUnavailable if a later release wrote them. Neither looks into the JSON: that it is whole is the business of who
// keeps the record. Here and below, each thread keeps memory for decompressing: some 200 kB, more only after an event
// that is larger, and then until the next.
base::Result<std::string> inflate_record(std::string_view record);

// The event of a record of either version; its time and its extra are left out. Fails as inflate_record does.
base::Result<ShownEvent> decode_record(std::string_view record);

enum class TaskAttributes { kShown, kRedacted };

// Appends the event to `out` as the API shows it: its URLs on `public_base` (such as "https://host", no slash at the
// end), its task attributes as `"{}"` if they are redacted. Nothing is appended on failure, which is inflate_record's.
base::Result<void> append_shown(std::string& out, std::string_view record, std::string_view public_base,
                                TaskAttributes attributes);

// Appends the record's extra, if it has one. Nothing is appended on failure, which is inflate_record's.
base::Result<void> append_extra(std::string& out, std::string_view record);

// The same as append_shown, with the extra as one member more (kExtraMember), if there is one.
base::Result<void> append_shown_whole(std::string& out, std::string_view record, std::string_view public_base);

}  // namespace waybill::codec
