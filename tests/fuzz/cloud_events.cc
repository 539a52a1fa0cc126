#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "codec/record.h"
#include "fuzz/target.h"
#include "webhook/cloud_event.h"

// What an Event Streams sink is sent: each element is an event, another's, or bad, and an event that is taken is the
// one that its JSON would make, and can be shown.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  model::Limits limits;
  limits.batch_events_max = 100;
  const auto batch = webhook::decode_stream(fuzz::text_of(data, size), limits);
  if (!batch) return 0;
  CHECK(batch->events.size() + batch->others + batch->bad.size() <= limits.batch_events_max);
  codec::JsonChecker checker;
  for (const webhook::StreamEvent& told : batch->events) {
    const codec::Arrival arrival{told.account_sid, told.workspace_sid,
                                 [] { return model::EventSid(model::SidBytes{}); }};
    const auto event = told.event.build(arrival, limits);
    const std::string text = told.event.json();
    const auto json = checker.check(text, limits.nesting_max);
    CHECK(json.has_value());
    const auto same = codec::decode_event(*json, arrival, limits);
    CHECK(event.has_value() == same.has_value());
    if (!event) continue;
    CHECK(same->terms == event->terms);
    // What is kept beside the event is told by no JSON of it.
    std::string shown;
    std::string same_shown;
    CHECK(codec::append_shown(shown, event->record, "", codec::TaskAttributes::kShown));
    CHECK(codec::append_shown(same_shown, same->record, "", codec::TaskAttributes::kShown));
    CHECK(shown == same_shown);
    const auto description = codec::describe_record(event->record);
    CHECK(description && description->sid == event->sid && description->time == event->time);
  }
  return 0;
}
