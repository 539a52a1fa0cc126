#include <string>

#include "codec/event_json.h"
#include "codec/record.h"
#include "fuzz/target.h"

// Batches of events, lines and arrays: whatever is taken can be shown, and read out of its record again as what it was
// filed under.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  const std::string_view body = fuzz::text_of(data, size);
  std::uint8_t made = 0;
  const codec::Arrival arrival{"AC0123456789abcdef0123456789abcdef", "WS0123456789abcdef0123456789abcdef", [&made] {
                                 model::SidBytes bytes{};
                                 bytes[15] = ++made;
                                 return model::EventSid(bytes);
                               }};
  model::Limits limits;
  limits.batch_events_max = 100;
  for (const codec::BatchForm form : {codec::BatchForm::kNdjson, codec::BatchForm::kJson}) {
    const auto events = codec::decode_batch(body, form, arrival, limits);
    if (!events) continue;
    codec::JsonChecker checker;
    for (const model::Event& event : *events) {
      const auto description = codec::describe_record(event.record);
      CHECK(description && description->sid == event.sid && description->time == event.time);
      std::string shown;
      CHECK(codec::append_shown(shown, event.record, "https://waybill.example", codec::TaskAttributes::kShown));
      CHECK(checker.check(shown, limits.nesting_max + 1));
      std::string redacted;
      CHECK(codec::append_shown(redacted, event.record, "", codec::TaskAttributes::kRedacted));
      CHECK(checker.check(redacted, limits.nesting_max + 1));
    }
  }
  return 0;
}
