#include "codec/event_json.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "codec/event_builder.h"
#include "codec/event_members.h"
#include "codec/json_grammar.h"
#include "codec/record.h"
#include "codec/ruled_members.h"

namespace waybill::codec {
namespace {

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

// Reads one event of a text after the other.
class EventReader {
 public:
  EventReader(const Arrival& arrival, const model::Limits& limits) : arrival_(arrival), limits_(limits) {}

  // Not yet checked.
  base::Result<model::Event> read(std::string_view text) {
    auto checked = checker_.check(text, limits_.nesting_max);
    if (!checked && arrival_.rules == Rules::kLenient) checked = checker_.check_of_any_nesting(text);
    if (!checked) return checked.error();
    return build(*checked, checker_.cleaned());
  }

  base::Result<model::Event> build(CheckedJson json, const CleanJson* cleaned) {
    RuledMembers members(json, cleaned, arrival_, limits_);
    TRY(members.locate());
    const bool is_lenient = arrival_.rules == Rules::kLenient;
    if (is_lenient) note_unknown(members);
    // One without a sid is built once, so that it is given one once.
    const bool has_sid = !members.members()[Member::kSid].text().empty();
    if (is_lenient && !has_sid) members.set_aside();
    auto event = build(members);
    if (event || !is_lenient || !has_sid) return event;
    members.set_aside();
    return build(members);
  }

  [[nodiscard]] JsonChecker& checker() { return checker_; }
  std::vector<std::string>& unknown_members() { return unknown_members_; }
  [[nodiscard]] std::uint64_t unknown_count() const { return unknown_count_; }

 private:
  base::Result<model::Event> build(const RuledMembers& members) {
    TRY_ASSIGN(std::string extra, members.extra());
    return EventBuilder(members.members(), arrival_).build(std::move(extra));
  }

  void note_unknown(const RuledMembers& members) {
    unknown_count_ += members.unknown_count();
    for (const std::string& name : members.unknown()) {
      if (unknown_members_.size() == DecodedElements::kUnknownNamesMax) return;
      const bool is_known = std::find(unknown_members_.begin(), unknown_members_.end(), name) != unknown_members_.end();
      if (!is_known) unknown_members_.push_back(name);
    }
  }

  const Arrival& arrival_;
  const model::Limits& limits_;
  JsonChecker checker_;
  std::vector<std::string> unknown_members_;
  std::uint64_t unknown_count_ = 0;
};

// The elements of an array that the grammar alone takes, each by itself.
base::Result<std::vector<model::Event>> decode_odd_array(std::string_view text, EventReader& reader,
                                                         const model::Limits& limits) {
  std::vector<model::Event> events;
  for (const std::string_view element : read_elements(text, 0, Around::kNothing).elements) {
    if (events.size() == limits.batch_events_max) return too_many_events(limits);
    auto event = reader.read(element);
    if (!event) return std::move(event).error().while_doing("event " + std::to_string(events.size()));
    events.push_back(*std::move(event));
  }
  return events;
}

base::Result<std::vector<model::Event>> decode_json_batch(std::string_view body, const Arrival& arrival,
                                                          const model::Limits& limits) {
  EventReader reader(arrival, limits);
  const std::string_view text = base::trim(body);
  const std::size_t around_events = text.starts_with('[') ? 1 : 0;
  auto checked = reader.checker().check(body, limits.nesting_max + around_events);
  if (!checked) return name_broken_event(reader.checker(), body, limits, checked.error());
  std::vector<model::Event> events;
  if (!checked->is_array()) {
    TRY_ASSIGN(model::Event event, reader.build(*checked, reader.checker().cleaned()));
    events.push_back(std::move(event));
    return events;
  }
  if (reader.checker().cleaned() != nullptr) return decode_odd_array(text, reader, limits);
  for (ElementScanner scan(*checked); scan.next();) {
    if (events.size() == limits.batch_events_max) return too_many_events(limits);
    auto event = reader.build(scan.value(), nullptr);
    if (!event) return std::move(event).error().while_doing("event " + std::to_string(events.size()));
    events.push_back(*std::move(event));
  }
  return events;
}

// Calls `take` with each line that is not blank, and its number, until it fails.
template <class Take>
base::Result<void> each_line(std::string_view body, Take take) {
  std::size_t line_number = 0;
  while (!body.empty()) {
    ++line_number;
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = base::trim(body.substr(0, end));
    body.remove_prefix(std::min(end + 1, body.size()));
    if (!line.empty()) TRY(take(line, line_number));
  }
  return {};
}

base::Result<std::vector<model::Event>> decode_ndjson_batch(std::string_view body, const Arrival& arrival,
                                                            const model::Limits& limits) {
  EventReader reader(arrival, limits);
  std::vector<model::Event> events;
  TRY(each_line(body, [&](std::string_view line, std::size_t number) -> base::Result<void> {
    if (events.size() == limits.batch_events_max) return too_many_events(limits);
    auto event = reader.read(line);
    if (!event) return std::move(event).error().while_doing("line " + std::to_string(number));
    events.push_back(*std::move(event));
    return {};
  }));
  return events;
}

// Gathers what becomes of elements.
class ElementDecoder {
 public:
  ElementDecoder(const Arrival& arrival, const model::Limits& limits) : limits_(limits), reader_(arrival, limits) {}

  base::Result<void> take(std::size_t index, std::string_view text) {
    if (out_.events.size() + out_.refused.size() == limits_.batch_events_max) return too_many_events(limits_);
    note(index, text, reader_.read(text));
    return {};
  }

  base::Result<void> take_json(std::string_view text) {
    if (!text.starts_with('[')) return text.empty() ? base::Result<void>() : take(0, text);
    std::size_t index = 0;
    const auto checked = reader_.checker().check(text, limits_.nesting_max + 1);
    if (checked && reader_.checker().cleaned() == nullptr) {
      for (ElementScanner scan(*checked); scan.next();) {
        if (index == limits_.batch_events_max) return too_many_events(limits_);
        note(index++, scan.value().text(), reader_.build(scan.value(), nullptr));
      }
      return {};
    }
    const ArrayElements read = read_elements(text, 0, Around::kNothing);
    for (const std::string_view element : read.elements) TRY(take(index++, base::trim(element)));
    const std::string_view rest = base::trim(text.substr(read.end));
    return rest.empty() ? base::Result<void>() : take(index, rest);
  }

  base::Result<DecodedElements> finish() {
    if (out_.events.empty() && out_.refused.empty()) return base::invalid_argument("there is no event in the body");
    out_.unknown_members = std::move(reader_.unknown_members());
    out_.unknown_count = reader_.unknown_count();
    return std::move(out_);
  }

 private:
  void note(std::size_t index, std::string_view text, base::Result<model::Event> event) {
    if (event) {
      out_.events.push_back(*std::move(event));
    } else {
      out_.refused.push_back({index, std::string(event.error().message()), std::string(text)});
    }
  }

  const model::Limits& limits_;
  EventReader reader_;
  DecodedElements out_;
};

}  // namespace

base::Result<model::Event> decode_event(CheckedJson json, const Arrival& arrival, const model::Limits& limits) {
  return EventReader(arrival, limits).build(json, nullptr);
}

base::Result<model::Event> decode_event_text(std::string_view text, const Arrival& arrival,
                                             const model::Limits& limits) {
  return EventReader(arrival, limits).read(text);
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
  ElementDecoder decoder(arrival, limits);
  if (form == BatchForm::kJson) {
    TRY(decoder.take_json(base::trim(body)));
  } else {
    TRY(each_line(body, [&](std::string_view line, std::size_t number) { return decoder.take(number, line); }));
  }
  return decoder.finish();
}

base::Result<std::string> peek_workspace_sid(JsonChecker& checker, std::string_view json) {
  if (const auto found = peek_text_member(json, kWorkspaceSid)) return std::string(*found);
  TRY_ASSIGN(const CheckedJson checked, checker.check_of_any_nesting(json));
  if (!checked.is_object()) return base::invalid_argument("an event must be a JSON object");
  std::optional<std::string> found;
  for (MemberScanner scan(checked); scan.next();) {
    if (scan.name() == kWorkspaceSid) found = scan.value().string();
  }
  if (found) return *std::move(found);
  return base::invalid_argument("workspace_sid: is missing; it says where the event belongs");
}

base::Result<RecordDescription> describe_record(std::string_view record) {
  std::string json;
  TRY(append_shown(json, record, "https://host", TaskAttributes::kShown));
  JsonChecker checker;
  const auto describe = [&]() -> base::Result<RecordDescription> {
    TRY_ASSIGN(const CheckedJson checked, checker.check(json, kStoredNestingMax));
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
