#include "codec/event_builder.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "codec/event_urls.h"
#include "codec/json_writer.h"

namespace waybill::codec {
namespace {

using model::Dimension;

// The members of event_data that an event is found by. Members named previous_… do not count.
constexpr std::pair<DataMember, Dimension> kDataTerms[] = {
    {DataMember::kTaskSid, Dimension::kTask},
    {DataMember::kWorkerSid, Dimension::kWorker},
    {DataMember::kTaskQueueSid, Dimension::kTaskQueue},
    {DataMember::kWorkflowSid, Dimension::kWorkflow},
    {DataMember::kReservationSid, Dimension::kReservation},
    {DataMember::kTaskChannelSid, Dimension::kTaskChannel},
    {DataMember::kTaskChannelUniqueName, Dimension::kTaskChannel},
};
static_assert(std::size(kDataTerms) + 2 <= model::TermGatherer::kTermsMax, "and the event's type and resource");

// Memory for an event that is not given back after it.
constexpr std::size_t kShownKeptBytes = 64UL * 1024;

// What an event's resource is, by the letters of its sid: the dimension that finds it, and its folder in URLs.
struct ResourceKind {
  std::string_view prefix;
  std::optional<Dimension> dimension;
  std::string_view folder;
};
constexpr ResourceKind kResourceKinds[] = {
    {"WT", Dimension::kTask, "Tasks"},           {"WK", Dimension::kWorker, "Workers"},
    {"WQ", Dimension::kTaskQueue, "TaskQueues"}, {"WW", Dimension::kWorkflow, "Workflows"},
    {"WR", Dimension::kReservation, ""},         {"TC", Dimension::kTaskChannel, "TaskChannels"},
    {"WA", std::nullopt, "Activities"},
};

const ResourceKind* find_kind(std::string_view sid) {
  for (const ResourceKind& kind : kResourceKinds) {
    if (sid.starts_with(kind.prefix)) return &kind;
  }
  return nullptr;
}

base::Error bad_member(std::string_view member, std::string_view why) {
  return base::invalid_argument(std::string(member) + ": " + std::string(why));
}
base::Error bad_member(Member member, std::string_view why) { return bad_member(name_of(member), why); }

}  // namespace

base::Result<void> check_event_length(std::size_t bytes, const model::Limits& limits) {
  if (bytes <= limits.event_bytes_max) return {};
  return base::too_large("the event has " + std::to_string(bytes) + " bytes of JSON, more than " +
                         std::to_string(limits.event_bytes_max) + " (limit event_bytes_max)");
}

base::Result<ShownEvent> EventBuilder::show() {
  TRY(check());
  TRY(render());
  return std::move(shown_);
}

base::Result<model::Event> EventBuilder::build(std::string extra) {
  // Kept from event to event: each is rendered once, and only its record leaves.
  thread_local std::string memory;
  shown_.json.swap(memory);
  shown_.json.clear();
  TRY(check());
  TRY(render());
  shown_.extra = std::move(extra);
  const Text name = data_text(DataMember::kWorkspaceName);
  model::Event event{sid_, time_, terms_.list(), encode_record(shown_), std::string(name.value_or(""))};
  if (shown_.json.capacity() <= kShownKeptBytes) memory.swap(shown_.json);
  return event;
}

base::Result<RecordDescription> EventBuilder::describe() {
  TRY(check());
  return RecordDescription{sid_, time_, terms_.list()};
}

base::Result<void> EventBuilder::check() {
  TRY(check_sids());
  TRY(check_times());
  TRY(check_data());
  return check_resource();
}

// The text of a string, escapes undone.
std::string_view EventBuilder::view_of(CheckedJson string) {
  if (const auto plain = string.plain_string()) return *plain;
  return unescaped_.emplace_front(*string.string());
}

// The text of a member: nothing if it is missing or null. Anything but a text is refused.
base::Result<EventBuilder::Text> EventBuilder::text(Member member) {
  const CheckedJson value = members_[member];
  if (value.text().empty() || value.is_null()) return Text();
  if (!value.is_string()) return bad_member(member, "must be a string or null");
  return Text(view_of(value));
}

// The text of a member of event_data, where anything goes.
EventBuilder::Text EventBuilder::data_text(DataMember member) {
  const CheckedJson value = members_[member];
  return value.is_string() ? Text(view_of(value)) : Text();
}

base::Result<void> EventBuilder::check_sids() {
  TRY_ASSIGN(const Text sid, text(Member::kSid));
  if (sid) {
    const auto own = model::EventSid::parse(*sid);
    if (!own) return bad_member(Member::kSid, own.error().message());
    sid_ = *own;
    sid_text_ = *sid;
  } else if (!arrival_.new_event_sid) {
    return bad_member(Member::kSid, "is missing");
  }
  TRY_ASSIGN(const Text workspace, text(Member::kWorkspaceSid));
  if (workspace && !base::equals_ignoring_case(*workspace, arrival_.workspace_sid)) {
    return bad_member(Member::kWorkspaceSid, "is " + base::quoted_for_message(*workspace) + ", but the events go to " +
                                                 arrival_.workspace_sid);
  }
  workspace_sid_ = workspace.value_or(arrival_.workspace_sid);
  if (const auto parsed = model::WorkspaceSid::parse(workspace_sid_); !parsed) {
    return bad_member(Member::kWorkspaceSid, parsed.error().message());
  }
  TRY_ASSIGN(const Text account, text(Member::kAccountSid));
  account_sid_ = account.value_or(arrival_.account_sid);
  if (const auto parsed = model::AccountSid::parse(account_sid_); !parsed) {
    return bad_member(Member::kAccountSid, parsed.error().message());
  }
  TRY_ASSIGN(actor_sid_, text(Member::kActorSid));
  if (actor_sid_ && !model::is_any_sid(*actor_sid_)) {
    return bad_member(Member::kActorSid, "must match ^[a-zA-Z]{2}[0-9a-fA-F]{32}$");
  }
  return {};
}

base::Result<void> EventBuilder::check_times() {
  TRY_ASSIGN(const Text date, text(Member::kEventDate));
  const CheckedJson ms = members_[Member::kEventDateMs];
  const bool has_ms = !ms.text().empty() && !ms.is_null();
  if (!date && !has_ms) {
    return bad_member(Member::kEventDate, "is missing, and so is event_date_ms; one must be there");
  }
  if (has_ms) {
    const auto value = ms.whole_number();
    if (!value || *value < base::to_ms(base::kTimeMin) || *value > base::to_ms(base::kTimeMax)) {
      return bad_member(Member::kEventDateMs,
                        "must be a whole number of milliseconds since 1970, in the years 0 to 9999");
    }
    time_ = base::from_ms(*value);
    date_ = time_;
  }
  if (date) {
    const auto span = base::parse_time(*date);
    if (!span) return bad_member(Member::kEventDate, base::quoted_for_message(*date) + ": " + span.error().message());
    date_ = span->first;
    if (!has_ms) time_ = span->first;
  }
  return {};
}

base::Result<void> EventBuilder::check_data() {
  const CheckedJson data = members_[Member::kEventData];
  if (data.text().empty()) return {};
  if (!data.is_object()) return bad_member(Member::kEventData, "must be an object");
  if (members_.data_twice) {
    return bad_member("event_data." + std::string(name_of(*members_.data_twice)), "stands there twice");
  }
  for (const auto& [member, dimension] : kDataTerms) add_term(dimension, data_text(member));
  return {};
}

// What cannot be a value of the dimension is kept in event_data, but no filter could ever name it.
void EventBuilder::add_term(Dimension dimension, Text value) {
  if (value) static_cast<void>(terms_.add(dimension, *value).has_value());
}

base::Result<void> EventBuilder::check_resource() {
  TRY_ASSIGN(event_type_, text(Member::kEventType));
  if (event_type_) {
    const auto added = terms_.add(Dimension::kEventType, *event_type_);
    if (!added) return bad_member(Member::kEventType, added.error().message());
  }
  TRY_ASSIGN(resource_sid_, text(Member::kResourceSid));
  if (!resource_sid_) return {};
  if (!model::is_any_sid(*resource_sid_)) {
    return bad_member(Member::kResourceSid, "must match ^[a-zA-Z]{2}[0-9a-fA-F]{32}$");
  }
  const ResourceKind* kind = find_kind(*resource_sid_);
  if (kind != nullptr && kind->dimension) add_term(*kind->dimension, resource_sid_);
  return {};
}

std::string EventBuilder::workspace_path() const {
  std::string out;
  out.reserve(128);
  return out.append(kApiPath).append(workspace_sid_);
}

// The path a missing resource_url is made of; nothing where no path is known.
std::optional<std::string> EventBuilder::resource_path() {
  if (!resource_sid_) return std::nullopt;
  if (base::equals_ignoring_case(*resource_sid_, workspace_sid_)) return workspace_path();
  const ResourceKind* kind = find_kind(*resource_sid_);
  if (kind == nullptr) return std::nullopt;
  std::string path = workspace_path();
  if (!kind->folder.empty()) return path.append("/").append(kind->folder).append("/").append(*resource_sid_);
  const Text task = data_text(DataMember::kTaskSid);
  if (!task || !model::TaskSid::parse(*task)) return std::nullopt;
  return path.append("/Tasks/").append(*task).append("/Reservations/").append(*resource_sid_);
}

std::optional<std::string> EventBuilder::actor_path() {
  if (!actor_sid_ || !base::equals_ignoring_case(*actor_sid_, workspace_sid_)) return std::nullopt;
  return workspace_path();
}

base::Result<void> EventBuilder::check_own_url(std::string_view own_path) {
  TRY_ASSIGN(const Text url, text(Member::kUrl));
  if (!url) return {};
  if (members_[Member::kSid].text().empty()) {
    return bad_member(Member::kSid, "is missing, though url names an event");
  }
  if (ends_with_path(*url, own_path)) return {};
  return bad_member(Member::kUrl, base::quoted_for_message(*url, 200) +
                                      " is not a URL of this event, which ends with " + std::string(own_path));
}

base::Result<void> EventBuilder::render() {
  if (sid_text_.empty()) {
    // Only now: what is refused uses up no sid.
    sid_ = arrival_.new_event_sid();
    sid_text_ = unescaped_.emplace_front(sid_.to_text());
  }
  const std::string own_path = workspace_path().append("/Events/").append(sid_text_);
  TRY(check_own_url(own_path));
  shown_.json.reserve(1024 + 2 * members_[Member::kEventData].text().size());
  render_text(Member::kSid, sid_text_);
  shown_.json += key_of(Member::kUrl);
  shown_.places.url_at = here() + 1;
  append_json_string(shown_.json, own_path);
  TRY(render_as_given(Member::kSource));
  render_text(Member::kActorSid, actor_sid_);
  TRY(render_url(Member::kActorUrl, &EventBuilder::actor_path, shown_.places.actor_url_at));
  TRY(render_as_given(Member::kActorType));
  render_data();
  shown_.time = time_;
  const std::string date = base::to_second_text(date_);
  shown_.json += key_of(Member::kEventDate);
  if (date == base::to_second_text(time_)) shown_.date_at = here() + 1;
  append_json_string(shown_.json, date);
  TRY(render_as_given(Member::kEventType));
  render_text(Member::kAccountSid, account_sid_);
  TRY(render_as_given(Member::kDescription));
  render_text(Member::kResourceSid, resource_sid_);
  TRY(render_url(Member::kResourceUrl, &EventBuilder::resource_path, shown_.places.resource_url_at));
  shown_.json += key_of(Member::kEventDateMs);
  shown_.milliseconds_at = here();
  shown_.json += std::to_string(base::to_ms(time_));
  TRY(render_as_given(Member::kResourceType));
  render_text(Member::kWorkspaceSid, workspace_sid_);
  TRY(render_as_given(Member::kSourceIpAddress));
  shown_.json += '}';
  return {};
}

// Renders a URL; where it lies on this API, without its base, whose place is returned in `place`.
base::Result<void> EventBuilder::render_url(Member member, PathIfMissing path_if_missing, std::uint32_t& place) {
  TRY_ASSIGN(const Text given, text(member));
  const std::size_t behind_key = here() + key_of(member).size();
  if (given) {
    const auto path = path_of_url(*given);
    if (!path) return bad_member(member, "must be an absolute http or https URL");
    const std::size_t ours = find_api_path(*given, *path);
    if (ours != std::string::npos) place = static_cast<std::uint32_t>(behind_key + 1);
    render_text(member, given->substr(ours == std::string::npos ? 0 : ours));
    return {};
  }
  const auto made = (this->*path_if_missing)();
  if (made) place = static_cast<std::uint32_t>(behind_key + 1);
  render_text(member, made);
  return {};
}

void EventBuilder::render_text(Member member, Text value) {
  shown_.json += key_of(member);
  if (value) {
    append_json_string(shown_.json, *value);
  } else {
    shown_.json += "null";
  }
}

// A member that is a string or null, and kept as it came.
base::Result<void> EventBuilder::render_as_given(Member member) {
  const CheckedJson value = members_[member];
  const bool missing = value.text().empty();
  if (!missing && !value.is_null() && !value.is_string()) return bad_member(member, "must be a string or null");
  shown_.json.append(key_of(member)).append(missing ? "null" : value.text());
  return {};
}

void EventBuilder::render_data() {
  const std::string_view data = members_[Member::kEventData].text();
  shown_.json += key_of(Member::kEventData);
  const std::uint32_t at = here();
  shown_.json += data.empty() ? "{}" : data;
  const CheckedJson attributes = members_[DataMember::kTaskAttributes];
  if (attributes.text().empty() || attributes.is_null()) return;
  shown_.places.attributes_begin = at + static_cast<std::uint32_t>(attributes.text().data() - data.data());
  shown_.places.attributes_end = shown_.places.attributes_begin + static_cast<std::uint32_t>(attributes.text().size());
}

}  // namespace waybill::codec
