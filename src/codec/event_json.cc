#include "codec/event_json.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "codec/event_builder.h"
#include "codec/event_members.h"
#include "codec/record.h"

namespace waybill::codec {
namespace {

// What was checked on its way in may be nested this deep at most, whatever the limit is now.
constexpr std::size_t kNestingMax = 1024;
constexpr std::string_view kWorkspaceSid = "workspace_sid";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

base::Error too_many_events(const model::Limits& limits) {
  return base::too_large("more than " + std::to_string(limits.batch_events_max) +
                         " events in one request (limit batch_events_max); send them in several");
}

// The error of a body that is no JSON, with the first event in it that is none by itself.
base::Error name_broken_event(JsonChecker& checker, std::string_view body, const model::Limits& limits,
                              const base::Error& error) {
  const std::string_view text = base::trim(body);
  if (text.starts_with('[')) {
    const std::vector<std::string_view> events = rough_elements(text);
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto checked = checker.check(events[i], limits.nesting_max);
      if (!checked) return checked.error().while_doing("event " + std::to_string(i));
    }
  }
  return error.while_doing("the body");
}

base::Result<std::vector<model::Event>> decode_json_batch(std::string_view body, const Arrival& arrival,
                                                          const model::Limits& limits) {
  JsonChecker checker;
  const std::size_t around_events = base::trim(body).starts_with('[') ? 1 : 0;
  auto checked = checker.check(body, limits.nesting_max + around_events);
  if (!checked) return name_broken_event(checker, body, limits, checked.error());
  std::vector<model::Event> events;
  if (!checked->is_array()) {
    TRY_ASSIGN(model::Event event, decode_event(*checked, arrival, limits));
    events.push_back(std::move(event));
    return events;
  }
  for (ElementScanner scan(*checked); scan.next();) {
    if (events.size() == limits.batch_events_max) return too_many_events(limits);
    auto event = decode_event(scan.value(), arrival, limits);
    if (!event) return std::move(event).error().while_doing("event " + std::to_string(events.size()));
    events.push_back(*std::move(event));
  }
  return events;
}

base::Result<std::vector<model::Event>> decode_ndjson_batch(std::string_view body, const Arrival& arrival,
                                                            const model::Limits& limits) {
  JsonChecker checker;
  std::vector<model::Event> events;
  std::size_t line_number = 0;
  while (!body.empty()) {
    ++line_number;
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = base::trim(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.empty()) continue;
    if (events.size() == limits.batch_events_max) return too_many_events(limits);
    const auto checked = checker.check(line, limits.nesting_max);
    auto event = checked ? decode_event(*checked, arrival, limits) : checked.error();
    if (!event) return std::move(event).error().while_doing("line " + std::to_string(line_number));
    events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace

base::Result<model::Event> decode_event(CheckedJson json, const Arrival& arrival, const model::Limits& limits) {
  TRY(check_event_length(json.text().size(), limits));
  TRY_ASSIGN(const EventMembers members, locate_members(json));
  return EventBuilder(members, arrival).build();
}

base::Result<std::vector<model::Event>> decode_batch(std::string_view body, BatchForm form, const Arrival& arrival,
                                                     const model::Limits& limits) {
  // Some editors begin a UTF-8 file with a byte order mark, which no JSON parser takes.
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  auto events =
      form == BatchForm::kJson ? decode_json_batch(body, arrival, limits) : decode_ndjson_batch(body, arrival, limits);
  if (events && events->empty()) return base::invalid_argument("there is no event in the body");
  return events;
}

base::Result<DecodedElements> decode_elements(std::string_view body, BatchForm form, const Arrival& arrival,
                                              const model::Limits& limits) {
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  const std::string_view text = base::trim(body);
  const bool in_lines = form == BatchForm::kNdjson;
  const bool is_array = !in_lines && text.starts_with('[');
  const std::vector<std::string_view> parts = in_lines   ? base::split(body, '\n')
                                              : is_array ? rough_elements(text)
                                                         : std::vector{text};
  DecodedElements out;
  JsonChecker checker;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = base::trim(parts[i]);
    if (in_lines && part.empty()) continue;
    if (out.events.size() + out.refused.size() == limits.batch_events_max) return too_many_events(limits);
    const auto checked = checker.check(part, limits.nesting_max);
    auto event = checked ? decode_event(*checked, arrival, limits) : checked.error();
    if (event) {
      out.events.push_back(*std::move(event));
    } else {
      out.refused.push_back({i + (in_lines ? 1U : 0U), std::string(event.error().message()), std::string(part)});
    }
  }
  if (out.events.empty() && out.refused.empty()) return base::invalid_argument("there is no event in the body");
  return out;
}

base::Result<std::string> peek_workspace_sid(JsonChecker& checker, std::string_view json) {
  if (const auto found = peek_text_member(json, kWorkspaceSid)) return std::string(*found);
  TRY_ASSIGN(const CheckedJson checked, checker.check(json, model::Limits().nesting_max));
  if (!checked.is_object()) return base::invalid_argument("an event must be a JSON object");
  for (MemberScanner scan(checked); scan.next();) {
    if (scan.name() != kWorkspaceSid) continue;
    const auto text = scan.value().string();
    if (text) return *text;
  }
  return base::invalid_argument("workspace_sid: is missing; it says where the event belongs");
}

base::Result<RecordDescription> describe_record(std::string_view record) {
  std::string json;
  TRY(append_shown(json, record, "https://host", TaskAttributes::kShown));
  JsonChecker checker;
  const auto describe = [&]() -> base::Result<RecordDescription> {
    TRY_ASSIGN(const CheckedJson checked, checker.check(json, kNestingMax));
    TRY_ASSIGN(const EventMembers members, locate_members(checked));
    for (const Member member : {Member::kSid, Member::kWorkspaceSid, Member::kAccountSid}) {
      if (!members[member].is_string()) return base::invalid_argument(std::string(name_of(member)) + ": is missing");
    }
    const Arrival arrival{"", members[Member::kWorkspaceSid].string().value_or(""), nullptr};
    return EventBuilder(members, arrival).describe();
  };
  auto found = describe();
  if (!found) return base::corruption("an event's record is no event: " + found.error().message());
  return found;
}

}  // namespace waybill::codec
