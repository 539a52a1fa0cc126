#include "webhook/callback_form.h"

#include <string>

#include "codec/json_scan.h"
#include "codec/record.h"
#include "fuzz/target.h"

// Event callbacks: a form that is taken makes the event that its JSON would make, and one that can be shown.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  auto form = webhook::decode_form(fuzz::text_of(data, size));
  if (!form) return 0;
  CHECK(form->size() <= webhook::kParametersMax);
  codec::JsonChecker checker;
  const model::Limits limits;
  const auto told = webhook::read_callback(*form);
  const codec::Arrival arrival{"AC0123456789abcdef0123456789abcdef", "WS0123456789abcdef0123456789abcdef",
                               [] { return model::EventSid(model::SidBytes{}); }};
  const auto event = webhook::decode_callback(*form, arrival, limits);
  if (!event) return 0;
  CHECK(told.has_value());
  const std::string text = told->json();
  const auto json = checker.check(text, limits.nesting_max);
  CHECK(json.has_value());
  const auto same = codec::decode_event(*json, arrival, limits);
  CHECK(same && same->terms == event->terms);
  const auto description = codec::describe_record(event->record);
  CHECK(description && description->sid == event->sid && description->time == event->time);
  std::string shown;
  CHECK(codec::append_shown(shown, event->record, "https://waybill.example", codec::TaskAttributes::kShown));
  CHECK(checker.check(shown, limits.nesting_max));
  // What is kept beside the event is told by no JSON of it.
  std::string same_shown;
  CHECK(codec::append_shown(same_shown, same->record, "https://waybill.example", codec::TaskAttributes::kShown));
  CHECK(shown == same_shown);
  return 0;
}
