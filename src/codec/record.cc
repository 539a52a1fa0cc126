#include "codec/record.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/compression.h"
#include "codec/event_extra.h"
#include "codec/event_template.h"
#include "model/record_parts.h"

namespace waybill::codec {
namespace {

// Byte 0 of a record that holds its JSON as it is.
constexpr char kPlain = 1;
// In the byte of a body that names the dictionary: an extra follows the time. A release that knows of none refuses the
// record as one of a dictionary that it does not have.
constexpr std::uint8_t kHasExtra = 0x80;
static_assert(kDictionaryVersion < kHasExtra);
constexpr std::size_t kPlacesCount = 5;
constexpr std::size_t kPlainHeadBytes = 1 + kPlacesCount * sizeof(std::uint32_t);
constexpr std::string_view kRedactedAttributes = "\"{}\"";

struct PlainRecord {
  Places places;
  std::string_view json;
};

std::string plain_head(const Places& places) {
  std::string out(1, kPlain);
  for (const std::uint32_t place :
       {places.url_at, places.actor_url_at, places.resource_url_at, places.attributes_begin, places.attributes_end}) {
    base::put_le(out, place);
  }
  return out;
}

// REQUIRES: the record is not empty.
base::Result<PlainRecord> view_plain(std::string_view record) {
  if (record[0] != kPlain) {
    return base::unavailable("an event's record has version " + std::to_string(static_cast<std::uint8_t>(record[0])) +
                             ", which this release does not know");
  }
  if (record.size() < kPlainHeadBytes) return base::corruption("an event's record is cut short");
  const std::string_view json = record.substr(kPlainHeadBytes);
  std::array<std::uint32_t, kPlacesCount> found;
  for (std::size_t i = 0; i < kPlacesCount; ++i) {
    found[i] = base::get_le<std::uint32_t>(record, 1 + i * sizeof(std::uint32_t));
    if (found[i] > json.size()) return base::corruption("an event's record points outside itself");
  }
  const auto [url, actor_url, resource_url, begin, end] = found;
  std::uint32_t last = 0;
  // The members stand in one order, so the places that are set rise: the reader splices from left to right.
  for (const std::uint32_t place : {url, actor_url, begin, end, resource_url}) {
    if (place != 0 && place < last) return base::corruption("an event's record has its places out of order");
    last = std::max(last, place);
  }
  if ((begin == 0) != (end == 0)) return base::corruption("an event's record has half a place");
  return PlainRecord{{url, actor_url, resource_url, begin, end}, json};
}

void append_plain_shown(std::string& out, const PlainRecord& record, std::string_view public_base,
                        TaskAttributes attributes) {
  const Places& places = record.places;
  std::size_t done = 0;
  const auto copy_until = [&](std::size_t place) {
    out += record.json.substr(done, place - done);
    done = place;
  };
  const auto insert_base = [&](std::uint32_t place) {
    if (place == 0) return;
    copy_until(place);
    out += public_base;
  };
  insert_base(places.url_at);
  insert_base(places.actor_url_at);
  if (attributes == TaskAttributes::kRedacted && places.attributes_begin != 0) {
    copy_until(places.attributes_begin);
    out += kRedactedAttributes;
    done = places.attributes_end;
  }
  insert_base(places.resource_url_at);
  copy_until(record.json.size());
}

// A number in a body of version 2, seven bits a byte, the lowest first, the high bit set in all but the last.
void put_number(std::string& out, std::uint64_t rest) {
  for (; rest >= 0x80; rest >>= 7U) out += static_cast<char>(rest | 0x80U);
  out += static_cast<char>(rest);
}

// Takes it from the beginning of `body`.
std::optional<std::uint64_t> take_number(std::string_view& body) {
  std::uint64_t bits = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (body.empty()) return std::nullopt;
    const auto byte = static_cast<std::uint8_t>(body.front());
    body.remove_prefix(1);
    bits |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return bits;
  }
  return std::nullopt;
}

// The body of a record of version 2.
struct Body {
  std::string_view values;
  std::uint8_t dictionary = 0;
  base::WallTime time;
  std::string_view extra;  // compressed; empty if there is none
  std::string_view text;   // compressed
};

base::Result<Body> view_body(std::string_view record) {
  const auto parts = model::split_record(record);
  if (!parts || parts->body.empty()) return base::corruption("an event's record is cut short");
  const auto first = static_cast<std::uint8_t>(parts->body.front());
  std::string_view body = parts->body.substr(1);
  const auto time = take_number(body);
  if (!time) return base::corruption("an event's record has no time");
  Body out{parts->values, first, base::from_ms(static_cast<std::int64_t>(*time)), {}, {}};
  if ((first & kHasExtra) != 0) {
    out.dictionary = static_cast<std::uint8_t>(first & ~kHasExtra);
    const auto length = take_number(body);
    if (!length || *length == 0 || *length > body.size())
      return base::corruption("an event's record has half an extra");
    out.extra = body.substr(0, *length);
    body.remove_prefix(*length);
  }
  out.text = body;
  return out;
}

// Appends what a record of version 2 shows.
base::Result<Places> append_inflated(std::string& out, std::string_view record, std::string_view public_base,
                                     TaskAttributes attributes) {
  TRY_ASSIGN(const Body body, view_body(record));
  TRY_ASSIGN(const std::string_view text, decompress(body.text, body.dictionary, kJsonBytesMax));
  return append_expanded(out, {text, body.values, body.time}, public_base, attributes);
}

bool has_values(std::string_view record) { return record[0] == model::kRecordWithValues; }

base::Error empty_record() { return base::corruption("an event's record is empty"); }

}  // namespace

std::string encode_record(const ShownEvent& event) {
  CHECK(event.json.size() <= kJsonBytesMax && event.extra.size() <= kJsonBytesMax);
  // Kept from event to event: a record is built in room for the worst case, and leaves as long as it is.
  thread_local std::string text;
  thread_local std::string values;
  thread_local std::string record;
  make_template(event, text, values);
  record.clear();
  record += model::kRecordWithValues;
  record += static_cast<char>(values.size() / model::kRecordValueBytes);
  record += values;
  record += static_cast<char>(kDictionaryVersion | (event.extra.empty() ? 0 : kHasExtra));
  put_number(record, static_cast<std::uint64_t>(base::to_ms(event.time)));
  if (!event.extra.empty()) {
    std::string extra;
    append_compressed(extra, event.extra);
    put_number(record, extra.size());
    record += extra;
  }
  append_compressed(record, text);
  return record;
}

std::string encode_plain_record(const ShownEvent& event) {
  CHECK(event.json.size() < UINT32_MAX);
  return plain_head(event.places) + event.json;
}

base::Result<std::string> inflate_record(std::string_view record) {
  if (record.empty()) return empty_record();
  if (!has_values(record)) {
    TRY(view_plain(record));
    return std::string(record);
  }
  std::string out(kPlainHeadBytes, '\0');
  TRY_ASSIGN(const Places places, append_inflated(out, record, "", TaskAttributes::kShown));
  out.replace(0, kPlainHeadBytes, plain_head(places));
  return out;
}

base::Result<ShownEvent> decode_record(std::string_view record) {
  if (record.empty()) return empty_record();
  if (has_values(record)) {
    ShownEvent event;
    TRY_ASSIGN(event.places, append_inflated(event.json, record, "", TaskAttributes::kShown));
    return event;
  }
  TRY_ASSIGN(const PlainRecord found, view_plain(record));
  return ShownEvent{.json = std::string(found.json), .places = found.places};
}

base::Result<void> append_shown(std::string& out, std::string_view record, std::string_view public_base,
                                TaskAttributes attributes) {
  if (record.empty()) return empty_record();
  if (has_values(record)) {
    TRY(append_inflated(out, record, public_base, attributes));
    return {};
  }
  TRY_ASSIGN(const PlainRecord found, view_plain(record));
  append_plain_shown(out, found, public_base, attributes);
  return {};
}

base::Result<void> append_extra(std::string& out, std::string_view record) {
  if (record.empty()) return empty_record();
  if (!has_values(record)) {
    TRY(view_plain(record));
    return {};
  }
  TRY_ASSIGN(const Body body, view_body(record));
  if (body.extra.empty()) return {};
  TRY_ASSIGN(const std::string_view extra, decompress(body.extra, body.dictionary, kJsonBytesMax));
  out += extra;
  return {};
}

base::Result<void> append_shown_whole(std::string& out, std::string_view record, std::string_view public_base) {
  std::string extra;
  TRY(append_extra(extra, record));
  TRY(append_shown(out, record, public_base, TaskAttributes::kShown));
  if (extra.empty()) return {};
  out.back() = ',';
  out.append("\"").append(kExtraMember).append("\":").append(extra).append("}");
  return {};
}

}  // namespace waybill::codec
