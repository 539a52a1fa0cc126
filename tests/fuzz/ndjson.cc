#include <string>

#include "codec/event_json.h"
#include "codec/record.h"
#include "fuzz/target.h"

namespace {

using namespace waybill;  // NOLINT(google-build-using-namespace)

// Whatever is taken can be shown, and read out of its record again as what it was filed under; what an export writes
// comes back as the same record.
void check(const model::Event& event, const codec::Arrival& arrival, const model::Limits& limits) {
  codec::JsonChecker checker;
  const auto description = codec::describe_record(event.record);
  CHECK(description && description->sid == event.sid && description->time == event.time);
  std::string shown;
  CHECK(codec::append_shown(shown, event.record, "https://waybill.example", codec::TaskAttributes::kShown));
  CHECK(checker.check(shown, limits.nesting_max + 1));
  std::string redacted;
  CHECK(codec::append_shown(redacted, event.record, "", codec::TaskAttributes::kRedacted));
  CHECK(checker.check(redacted, limits.nesting_max + 1));
  std::string line;
  CHECK(codec::append_shown_whole(line, event.record, "https://waybill.example"));
  const auto again = codec::decode_elements(line, codec::BatchForm::kNdjson, arrival, limits);
  CHECK(again && again->events.size() == 1 && again->events.front().record == event.record);
}

}  // namespace

// Batches of events, lines and arrays, by both rules: what the strict ones take the lenient ones take too.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  std::uint8_t made = 0;
  codec::Arrival arrival{"AC0123456789abcdef0123456789abcdef", "WS0123456789abcdef0123456789abcdef", [&made] {
                           model::SidBytes bytes{};
                           bytes[15] = ++made;
                           return model::EventSid(bytes);
                         }};
  model::Limits limits;
  limits.batch_events_max = 100;
  for (const codec::BatchForm form : {codec::BatchForm::kNdjson, codec::BatchForm::kJson}) {
    arrival.rules = codec::Rules::kStrict;
    const auto strict = codec::decode_batch(body, form, arrival, limits);
    arrival.rules = codec::Rules::kLenient;
    const auto lenient = codec::decode_elements(body, form, arrival, limits);
    if (strict) CHECK(lenient && lenient->refused.empty() && lenient->events.size() == strict->size());
    if (!lenient) continue;
    for (const model::Event& event : lenient->events) check(event, arrival, limits);
    if (!strict) continue;
    for (const model::Event& event : *strict) check(event, arrival, limits);
  }
  return 0;
}
