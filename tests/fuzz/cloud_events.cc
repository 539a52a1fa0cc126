#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "codec/record.h"
#include "fuzz/target.h"
#include "webhook/cloud_event.h"

// What an Event Streams sink is sent: each element is an event, another's, or bad, and an event that is taken can be
// shown.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  model::Limits limits;
  limits.batch_events_max = 100;
  const auto batch = webhook::decode_stream(fuzz::text_of(data, size), limits);
  if (!batch) return 0;
  CHECK(batch->events.size() + batch->others + batch->bad.size() <= limits.batch_events_max);
  codec::JsonChecker checker;
  for (const webhook::StreamEvent& told : batch->events) {
    const auto json = checker.check(told.json, limits.nesting_max);
    if (!json) continue;
    const codec::Arrival arrival{told.account_sid, told.workspace_sid,
                                 [] { return model::EventSid(model::SidBytes{}); }};
    const auto event = codec::decode_event(*json, arrival, limits);
    if (!event) continue;
    const auto description = codec::describe_record(event->record);
    CHECK(description && description->sid == event->sid && description->time == event->time);
  }
  return 0;
}
