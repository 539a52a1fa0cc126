#include "codec/record.h"

#include <array>

#include "base/bytes.h"
#include "base/check.h"

namespace waybill::codec {
namespace {

// Byte 0. A release that compresses records adds a version of its own.
constexpr char kPlain = 1;
constexpr std::size_t kPlacesCount = 5;
constexpr std::size_t kHeadBytes = 1 + kPlacesCount * sizeof(std::uint32_t);
constexpr std::string_view kRedactedAttributes = "\"{}\"";

struct RecordView {
  std::array<std::uint32_t, kPlacesCount> places{};  // in the order of ShownEvent's members
  std::string_view json;
};

base::Result<RecordView> view(std::string_view record) {
  if (record.empty()) return base::corruption("an event's record is empty");
  if (record[0] != kPlain) {
    return base::unavailable("an event's record has version " + std::to_string(static_cast<std::uint8_t>(record[0])) +
                             ", which this release does not know");
  }
  if (record.size() < kHeadBytes) return base::corruption("an event's record is cut short");
  RecordView out;
  out.json = record.substr(kHeadBytes);
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < kPlacesCount; ++i) {
    out.places[i] = base::get_le<std::uint32_t>(record, 1 + i * sizeof(std::uint32_t));
    if (out.places[i] > out.json.size()) return base::corruption("an event's record points outside itself");
  }
  const auto [url, actor_url, resource_url, begin, end] = out.places;
  // The members stand in one order, so the places that are set rise: the reader splices from left to right.
  for (const std::uint32_t place : {url, actor_url, begin, end, resource_url}) {
    if (place != 0 && place < last) return base::corruption("an event's record has its places out of order");
    last = std::max(last, place);
  }
  if ((begin == 0) != (end == 0)) return base::corruption("an event's record has half a place");
  return out;
}

}  // namespace

std::string encode_record(const ShownEvent& event) {
  CHECK(event.json.size() < UINT32_MAX);
  std::string out;
  out.reserve(kHeadBytes + event.json.size());
  out += kPlain;
  for (const std::uint32_t place :
       {event.url_at, event.actor_url_at, event.resource_url_at, event.attributes_begin, event.attributes_end}) {
    base::put_le(out, place);
  }
  out += event.json;
  return out;
}

base::Result<ShownEvent> decode_record(std::string_view record) {
  TRY_ASSIGN(const RecordView found, view(record));
  const auto [url, actor_url, resource_url, begin, end] = found.places;
  return ShownEvent{std::string(found.json), url, actor_url, resource_url, begin, end};
}

base::Result<void> append_shown(std::string& out, std::string_view record, std::string_view public_base,
                                TaskAttributes attributes) {
  TRY_ASSIGN(const RecordView found, view(record));
  const auto [url, actor_url, resource_url, begin, end] = found.places;
  std::size_t done = 0;
  const auto copy_until = [&](std::size_t place) {
    out += found.json.substr(done, place - done);
    done = place;
  };
  const auto insert_base = [&](std::uint32_t place) {
    if (place == 0) return;
    copy_until(place);
    out += public_base;
  };
  insert_base(url);
  insert_base(actor_url);
  if (attributes == TaskAttributes::kRedacted && begin != 0) {
    copy_until(begin);
    out += kRedactedAttributes;
    done = end;
  }
  insert_base(resource_url);
  copy_until(found.json.size());
  return {};
}

}  // namespace waybill::codec
