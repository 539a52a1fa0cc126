#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/json_scan.h"
#include "codec/rules.h"
#include "model/event.h"
#include "model/limits.h"
#include "model/sid.h"
#include "model/term.h"

namespace waybill::codec {

// Where events arrive: what fills in what they leave out, what they may not contradict, and by which rules they are
// read.
struct Arrival {
  std::string account_sid;                         // as text; for events that name no account
  std::string workspace_sid;                       // as text; an event that names another is refused
  std::function<model::EventSid()> new_event_sid;  // for events without one; unset: such an event is refused
  Rules rules = Rules::kStrict;
};

// One event from checked JSON. kInvalidArgument, naming the member and the rule, for what is no event; kTooLarge if
// it is longer than limits.event_bytes_max.
base::Result<model::Event> decode_event(CheckedJson json, const Arrival& arrival, const model::Limits& limits);

// The same from text that was not checked; by kLenient what is no text, or is nested too deep, is kept beside the
// event.
base::Result<model::Event> decode_event_text(std::string_view text, const Arrival& arrival,
                                             const model::Limits& limits);

enum class BatchForm {
  kJson,    // one event, or an array of events
  kNdjson,  // an event a line; blank lines are skipped
};

// All events of a body, in their order. The error names the place: "event 3: event_date: …" counts from 0 in an array,
// "line 7: …" from 1 in NDJSON. kTooLarge for more than limits.batch_events_max events. An empty batch is refused. For
// roads of others there is decode_elements.
base::Result<std::vector<model::Event>> decode_batch(std::string_view body, BatchForm form, const Arrival& arrival,
                                                     const model::Limits& limits);

// An element of a body that is no event that can be stored.
struct RefusedElement {
  std::size_t index = 0;  // counts from 0 in an array, lines from 1 in NDJSON
  std::string problem;    // the member and the rule, for a person
  std::string text;       // as it came, but for insignificant white space
};

// What was read of a body.
struct DecodedElements {
  std::vector<model::Event> events;          // in their order
  std::vector<RefusedElement> refused;       // in their order
  std::vector<std::string> unknown_members;  // distinct names of members that events do not have; the first few
  std::uint64_t unknown_count = 0;           // how many such members there were
  static constexpr std::size_t kUnknownNamesMax = 100;
};

// The elements of a body, one by one: an element that cannot be read costs itself alone, also where that leaves the
// whole no JSON. kInvalidArgument for a body without any; kTooLarge for more than limits.batch_events_max, refused
// ones included.
base::Result<DecodedElements> decode_elements(std::string_view body, BatchForm form, const Arrival& arrival,
                                              const model::Limits& limits);

// The workspace_sid member of an event in JSON, without a look at the rest; for whoever must sort lines by it, and has
// them decoded later. `checker` lends its memory. kInvalidArgument if there is no such text; text that is no JSON is
// not always noticed.
base::Result<std::string> peek_workspace_sid(JsonChecker& checker, std::string_view json);

// What the JSON of a record says that the event is found by.
struct RecordDescription {
  model::EventSid sid;
  base::WallTime time;
  model::TermList terms;
};

// Reads it out of the JSON again, for holding a record against what is kept beside it. kCorruption if the record cannot
// be read or holds no event; kUnavailable if a later release wrote it.
base::Result<RecordDescription> describe_record(std::string_view record);

}  // namespace waybill::codec
