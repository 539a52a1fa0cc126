#include "webhook/cloud_event.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "codec/event_extra.h"
#include "codec/json_grammar.h"
#include "codec/json_scan.h"
#include "codec/text_event.h"
#include "webhook/callback_form.h"

namespace waybill::webhook {
namespace {

using codec::CheckedJson;
using codec::Member;
using codec::TextEvent;

constexpr std::string_view kTypePrefix = "com.twilio.taskrouter.";

// Members of the payload that become the event's own, and do not stand in event_data.
constexpr std::array<std::string_view, 9> kBaseMembers = {"sid",          "eventtype",         "event_type",
                                                          "account_sid",  "event_description", "resource_type",
                                                          "resource_sid", "resource_url",      "timestamp"};

// Members of event_data that are dates in the payload, and seconds since 1970 in the REST API.
constexpr std::array<std::string_view, 3> kDates = {"task_date_created", "task_queue_entered_date",
                                                    "task_virtual_start_time"};

// Of a name that stands there twice the last value counts.
CheckedJson find_member(CheckedJson object, std::string_view name) {
  CheckedJson found;
  if (!object.is_object()) return found;
  for (codec::MemberScanner scan(object); scan.next();) {
    if (scan.name() == name) found = scan.value();
  }
  return found;
}

// The text of a member; empty if there is none, or it is no text.
std::string text_of(CheckedJson object, std::string_view name) {
  return find_member(object, name).string().value_or("");
}

std::optional<base::WallTime> time_of(CheckedJson object, std::string_view name) {
  const std::string text = text_of(object, name);
  const auto span = base::parse_time(text);
  if (text.empty() || !span) return std::nullopt;
  return span->first;
}

// The payload's time, to the millisecond if another member of the envelope has it so.
std::optional<base::WallTime> event_time(CheckedJson envelope, CheckedJson data, CheckedJson payload) {
  std::optional<base::WallTime> time;
  for (const auto& other : {time_of(payload, "timestamp"), time_of(data, "timestamp"), time_of(envelope, "time")}) {
    if (!other) continue;
    if (!time) time = other;
    const bool is_finer = *time == std::chrono::floor<std::chrono::seconds>(*time);
    if (is_finer && base::to_second_text(*other) == base::to_second_text(*time)) time = other;
  }
  return time;
}

// A typed value as the REST API's text.
std::string rest_text(std::string_view name, CheckedJson value) {
  const auto text = value.string();
  if (!text) return std::string(value.text());
  if (std::find(kDates.begin(), kDates.end(), name) == kDates.end()) return *text;
  const auto span = base::parse_time(*text);
  return span ? std::to_string(base::to_seconds(span->first)) : *text;
}

// A payload, and what the check of the text around it has replaced, if it did.
struct Payload {
  CheckedJson json;
  const codec::CleanJson* cleaned = nullptr;
};

void keep_original(TextEvent& event, const std::string& pointer, const Payload& payload, CheckedJson value) {
  if (payload.cleaned != nullptr && !value.text().empty())
    event.extra().keep_originals(pointer, value, *payload.cleaned);
}

void tell_data(TextEvent& event, const Payload& payload) {
  std::vector<std::pair<std::string, CheckedJson>> members;
  std::map<std::string, std::size_t> places;
  for (codec::MemberScanner scan(payload.json); scan.next();) {
    const std::string name(scan.name());
    if (std::find(kBaseMembers.begin(), kBaseMembers.end(), name) != kBaseMembers.end()) continue;
    const auto [same, is_new] = places.emplace(name, members.size());
    if (is_new) {
      members.emplace_back(name, scan.value());
    } else {
      members[same->second].second = scan.value();
    }
  }
  event.begin_data();
  for (const auto& [name, value] : members) {
    if (value.is_null()) continue;
    event.tell_data(name, rest_text(name, value));
    keep_original(event, codec::child_pointer("/event_data", name), payload, value);
  }
  event.end_data();
}

std::string first_text(CheckedJson object, CheckedJson other, std::string_view name) {
  std::string text = text_of(object, name);
  return text.empty() ? text_of(other, name) : text;
}

// However deep it is nested: what is deep becomes a text of event_data. But not if something in a deep one is no text,
// as what was replaced is looked for level by level.
base::Result<CheckedJson> check_json(codec::JsonChecker& checker, std::string_view text, const model::Limits& limits) {
  auto checked = checker.check(text, limits.nesting_max);
  if (checked) return checked;
  auto deep = checker.check_of_any_nesting(text);
  return deep && checker.cleaned()->replaced.empty() ? deep : checked;
}

base::Result<StreamEvent> read_event(CheckedJson envelope, const codec::CleanJson* cleaned, std::string_view type,
                                     const model::Limits& limits) {
  const CheckedJson data = find_member(envelope, "data");
  if (!data.is_object()) return base::invalid_argument("data: must be an object");
  CheckedJson payload = find_member(data, "payload");
  // Some senders put the JSON of the payload into a text.
  codec::JsonChecker checker;
  std::string inner;
  if (payload.is_string()) {
    inner = *payload.string();
    const auto checked = check_json(checker, inner, limits);
    if (checked) {
      payload = *checked;
      cleaned = checker.cleaned();
    }
  }
  if (!payload.is_object()) return base::invalid_argument("data.payload: must be an object");
  if (payload.text().size() > limits.event_bytes_max) {
    return base::too_large("data.payload: has " + std::to_string(payload.text().size()) + " bytes, more than " +
                           std::to_string(limits.event_bytes_max) + " (limit event_bytes_max)");
  }
  const auto time = event_time(envelope, data, payload);
  if (!time) return base::invalid_argument("data.payload.timestamp: is missing or no date");
  StreamEvent event;
  event.account_sid = first_text(payload, data, "account_sid");
  event.workspace_sid = text_of(payload, "workspace_sid");
  std::string sid = first_text(payload, data, "sid");
  if (sid.empty()) sid = sid_of_content(data.text());
  const std::string told = text_of(payload, "eventtype");
  TextEvent& out = event.event;
  out.tell(Member::kSid, sid);
  out.tell(Member::kSource, "twilio");
  out.tell_unless_empty(Member::kActorSid, event.workspace_sid);
  out.tell(Member::kActorType, "workspace");
  tell_data(out, {payload, cleaned});
  out.tell(Member::kEventDate, base::to_second_text(*time));
  out.tell_time(base::to_ms(*time));
  out.tell(Member::kEventType, told.empty() ? type.substr(kTypePrefix.size()) : told);
  out.tell_unless_empty(Member::kAccountSid, event.account_sid);
  out.tell_unless_empty(Member::kDescription, text_of(payload, "event_description"));
  keep_original(out, "/description", {payload, cleaned}, find_member(payload, "event_description"));
  out.tell_unless_empty(Member::kResourceSid, text_of(payload, "resource_sid"));
  out.tell_unless_empty(Member::kResourceUrl, text_of(payload, "resource_url"));
  out.tell_unless_empty(Member::kResourceType, base::to_lower(text_of(payload, "resource_type")));
  out.tell_unless_empty(Member::kWorkspaceSid, event.workspace_sid);
  return event;
}

// What can be seen of an element that is no event.
BadElement describe_bad(CheckedJson element, std::size_t index, std::string_view text) {
  BadElement bad{index, text_of(element, "id"), "", "", "", text};
  const CheckedJson data = find_member(element, "data");
  const CheckedJson payload = find_member(data, "payload");
  bad.account_sid = first_text(payload, data, "account_sid");
  bad.workspace_sid = text_of(payload, "workspace_sid");
  return bad;
}

void read_element(CheckedJson element, const codec::CleanJson* cleaned, std::size_t index, std::string_view text,
                  const model::Limits& limits, StreamBatch& batch) {
  const auto note = [&](std::string problem) {
    batch.bad.push_back(describe_bad(element, index, text));
    batch.bad.back().problem = std::move(problem);
  };
  if (!element.is_object()) return note("a CloudEvent is a JSON object");
  const std::string version = text_of(element, "specversion");
  if (version != "1.0") return note("specversion: " + base::quoted_for_message(version) + " is not 1.0");
  const std::string type = text_of(element, "type");
  if (type.empty()) return note("type: is missing");
  if (!type.starts_with(kTypePrefix)) {
    ++batch.others;
    return;
  }
  auto event = read_event(element, cleaned, type, limits);
  if (!event) return note(event.error().message());
  event->index = index;
  event->id = text_of(element, "id");
  event->text = text;
  batch.events.push_back(*std::move(event));
}

// Of an array. What lies behind it is an element too: all of the text is in one.
std::vector<std::string_view> elements_of(std::string_view text) {
  codec::ArrayElements read = codec::read_elements(text, 0, codec::Around::kNothing);
  const std::string_view rest = base::trim(text.substr(read.end));
  if (!rest.empty()) read.elements.push_back(rest);
  return std::move(read.elements);
}

}  // namespace

base::Result<StreamBatch> decode_stream(std::string_view body, const model::Limits& limits) {
  const std::string_view text = base::trim(body);
  const bool is_array = text.starts_with('[') && text.ends_with(']');
  if (!is_array && !(text.starts_with('{') && text.ends_with('}'))) {
    return base::invalid_argument("the body is no whole CloudEvent in JSON, and no whole array of them");
  }
  std::vector<std::string_view> elements{text};
  if (is_array) elements = elements_of(text);
  if (elements.size() > limits.batch_events_max) {
    return base::too_large("the batch has more than " + std::to_string(limits.batch_events_max) + " elements");
  }
  StreamBatch batch;
  codec::JsonChecker checker;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto element = check_json(checker, elements[i], limits);
    if (element) {
      read_element(*element, checker.cleaned(), i, elements[i], limits, batch);
    } else {
      batch.bad.push_back({i, "", "", "", element.error().message(), elements[i]});
    }
  }
  return batch;
}

}  // namespace waybill::webhook
