#include "codec/event_json.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_writer.h"
#include "codec/record.h"

namespace waybill::codec {
namespace {

using model::Dimension;
using model::Term;

// The seventeen members, in the order of the documented example (ListEvent, response example 200).
enum Member : std::size_t {
  kSid,
  kUrl,
  kSource,
  kActorSid,
  kActorUrl,
  kActorType,
  kEventData,
  kEventDate,
  kEventType,
  kAccountSid,
  kDescription,
  kResourceSid,
  kResourceUrl,
  kEventDateMs,
  kResourceType,
  kWorkspaceSid,
  kSourceIpAddress,
  kMemberCount,
};

constexpr std::array<std::string_view, kMemberCount> kMemberNames = {
    "sid",          "url",           "source",        "actor_sid",     "actor_url",        "actor_type",
    "event_data",   "event_date",    "event_type",    "account_sid",   "description",      "resource_sid",
    "resource_url", "event_date_ms", "resource_type", "workspace_sid", "source_ip_address"};

// The members of event_data that an event is found by. Members named previous_… do not count.
constexpr std::pair<std::string_view, Dimension> kDataTerms[] = {
    {"task_sid", Dimension::kTask},
    {"worker_sid", Dimension::kWorker},
    {"task_queue_sid", Dimension::kTaskQueue},
    {"workflow_sid", Dimension::kWorkflow},
    {"reservation_sid", Dimension::kReservation},
    {"task_channel_sid", Dimension::kTaskChannel},
    {"task_channel_unique_name", Dimension::kTaskChannel},
};
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kTaskAttributes = "task_attributes";

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

using Members = std::array<CheckedJson, kMemberCount>;

// An absolute URL: where its path begins, or nothing if it is none.
std::optional<std::size_t> path_of_url(std::string_view url) {
  const std::string start = base::to_lower(url.substr(0, 8));
  const std::size_t host = start.starts_with("https://") ? 8 : start.starts_with("http://") ? 7 : 0;
  if (host == 0) return std::nullopt;
  const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  const std::size_t path = std::min(url.find_first_of("/?#", host), url.size());
  if (!printable || path == host) return std::nullopt;
  return path;
}

// Where the path of this API begins in a URL whose own path begins at `path`, or npos. What stands between the two
// belongs to the base the URL was written on, such as a proxy's folder.
std::size_t find_api_path(std::string_view url, std::size_t path) {
  return url.substr(0, url.find_first_of("?#", path)).find("/v1/Workspaces/", path);
}

// Builds one event out of its members: checks them, fills in what is missing, renders the shown form.
class EventBuilder {
 public:
  EventBuilder(const Members& members, const Arrival& arrival) : members_(members), arrival_(arrival) {}

  base::Result<model::Event> build() {
    TRY(check_sids());
    TRY(check_times());
    TRY(check_data());
    TRY(check_resource());
    TRY(render());
    TRY_ASSIGN(const model::EventSid sid, model::EventSid::parse(sid_));
    return model::Event{sid, time_, std::move(terms_), encode_record(shown_), std::move(workspace_name_)};
  }

 private:
  // The text of a member: nothing if it is missing or null. Anything but a text is refused.
  base::Result<std::optional<std::string>> text(Member member) const {
    const CheckedJson value = members_[member];
    if (value.text().empty() || value.is_null()) return std::optional<std::string>();
    if (!value.is_string()) return bad_member(kMemberNames[member], "must be a string or null");
    return value.string();
  }

  base::Result<void> check_sids() {
    TRY_ASSIGN(const auto sid, text(kSid));
    sid_ = sid ? *sid : arrival_.new_event_sid().to_text();
    if (const auto parsed = model::EventSid::parse(sid_); !parsed) {
      return bad_member("sid", parsed.error().message());
    }
    TRY_ASSIGN(const auto workspace, text(kWorkspaceSid));
    if (workspace && !base::equals_ignoring_case(*workspace, arrival_.workspace_sid)) {
      return bad_member("workspace_sid", "is " + base::quoted_for_message(*workspace) + ", but the events go to " +
                                             arrival_.workspace_sid);
    }
    workspace_sid_ = workspace ? *workspace : arrival_.workspace_sid;
    if (const auto parsed = model::WorkspaceSid::parse(workspace_sid_); !parsed) {
      return bad_member("workspace_sid", parsed.error().message());
    }
    TRY_ASSIGN(const auto account, text(kAccountSid));
    account_sid_ = account ? *account : arrival_.account_sid;
    if (const auto parsed = model::AccountSid::parse(account_sid_); !parsed) {
      return bad_member("account_sid", parsed.error().message());
    }
    TRY_ASSIGN(actor_sid_, text(kActorSid));
    if (actor_sid_ && !model::is_any_sid(*actor_sid_)) {
      return bad_member("actor_sid", "must match ^[a-zA-Z]{2}[0-9a-fA-F]{32}$");
    }
    return {};
  }

  base::Result<void> check_times() {
    TRY_ASSIGN(const auto date, text(kEventDate));
    const CheckedJson ms = members_[kEventDateMs];
    const bool has_ms = !ms.text().empty() && !ms.is_null();
    if (!date && !has_ms) return bad_member("event_date", "is missing, and so is event_date_ms; one must be there");
    if (has_ms) {
      const auto value = ms.integer();
      if (!value || *value < base::to_ms(base::kTimeMin) || *value > base::to_ms(base::kTimeMax)) {
        return bad_member("event_date_ms", "must be a whole number of milliseconds since 1970, in the years 0 to 9999");
      }
      time_ = base::from_ms(*value);
      date_ = time_;
    }
    if (date) {
      const auto span = base::parse_time(*date);
      if (!span) return bad_member("event_date", base::quoted_for_message(*date) + ": " + span.error().message());
      date_ = span->first;
      if (!has_ms) time_ = span->first;
    }
    return {};
  }

  base::Result<void> check_data() {
    const CheckedJson data = members_[kEventData];
    if (data.text().empty()) return {};
    if (!data.is_object()) return bad_member("event_data", "must be an object");
    std::uint32_t seen = 0;
    const auto first_time = [&seen](std::size_t bit) {
      return (std::exchange(seen, seen | 1U << bit) >> bit & 1U) == 0;
    };
    for (MemberScanner scan(data); scan.next();) {
      for (std::size_t i = 0; i < std::size(kDataTerms); ++i) {
        if (scan.name() != kDataTerms[i].first) continue;
        if (!first_time(i)) return bad_member("event_data." + scan.name(), "stands there twice");
        add_term(kDataTerms[i].second, scan.value().string());
      }
      if (scan.name() == kTaskAttributes) {
        if (!first_time(std::size(kDataTerms))) return bad_member("event_data.task_attributes", "stands there twice");
        if (!scan.value().is_null()) attributes_ = scan.value().text();
      }
      if (scan.name() == "task_sid") task_sid_ = scan.value().string();
      if (scan.name() == "workspace_name") workspace_name_ = scan.value().string().value_or("");
    }
    return {};
  }

  // What cannot be a value of the dimension is kept in event_data, but no filter could ever name it.
  void add_term(Dimension dimension, const std::optional<std::string>& value) {
    if (!value) return;
    auto term = model::parse_term(dimension, *value);
    if (term) terms_.push_back(*std::move(term));
  }

  base::Result<void> check_resource() {
    TRY_ASSIGN(const auto type, text(kEventType));
    if (type) {
      auto term = model::parse_term(Dimension::kEventType, *type);
      if (!term) return bad_member("event_type", term.error().message());
      terms_.push_back(*std::move(term));
    }
    TRY_ASSIGN(resource_sid_, text(kResourceSid));
    if (!resource_sid_) return {};
    if (!model::is_any_sid(*resource_sid_)) {
      return bad_member("resource_sid", "must match ^[a-zA-Z]{2}[0-9a-fA-F]{32}$");
    }
    const ResourceKind* kind = find_kind(*resource_sid_);
    if (kind != nullptr && kind->dimension) add_term(*kind->dimension, resource_sid_);
    return {};
  }

  [[nodiscard]] std::string workspace_path() const { return "/v1/Workspaces/" + workspace_sid_; }

  // The path a missing resource_url is made of; nothing where no path is known.
  [[nodiscard]] std::optional<std::string> resource_path() const {
    if (!resource_sid_) return std::nullopt;
    if (base::equals_ignoring_case(*resource_sid_, workspace_sid_)) return workspace_path();
    const ResourceKind* kind = find_kind(*resource_sid_);
    if (kind == nullptr) return std::nullopt;
    if (!kind->folder.empty()) return workspace_path() + "/" + std::string(kind->folder) + "/" + *resource_sid_;
    if (!task_sid_ || !model::TaskSid::parse(*task_sid_)) return std::nullopt;
    return workspace_path() + "/Tasks/" + *task_sid_ + "/Reservations/" + *resource_sid_;
  }

  [[nodiscard]] std::optional<std::string> actor_path() const {
    if (!actor_sid_ || !base::equals_ignoring_case(*actor_sid_, workspace_sid_)) return std::nullopt;
    return workspace_path();
  }

  // Renders a URL; where it lies on this API, without its base, whose place is returned in `place`.
  base::Result<void> render_url(JsonWriter& out, Member member, const std::optional<std::string>& path_if_missing,
                                std::uint32_t& place) {
    TRY_ASSIGN(const auto given, text(member));
    std::optional<std::string> shown = path_if_missing;
    bool on_base = true;
    if (given) {
      const auto path = path_of_url(*given);
      if (!path) return bad_member(kMemberNames[member], "must be an absolute http or https URL");
      const std::size_t ours = find_api_path(*given, *path);
      on_base = ours != std::string::npos;
      shown = on_base ? given->substr(ours) : *given;
    }
    out.key(kMemberNames[member]);
    if (!shown) {
      out.null();
      return {};
    }
    if (on_base) {
      render_on_base(out, *shown, place);
    } else {
      out.text(*shown);
    }
    return {};
  }

  // A path whose base, in front of it, is put in when the event is shown.
  void render_on_base(JsonWriter& out, const std::string& path, std::uint32_t& place) const {
    place = static_cast<std::uint32_t>(shown_.json.size() + 1);
    out.text(path);
  }

  void render_text(JsonWriter& out, Member member, const std::optional<std::string>& value) const {
    out.key(kMemberNames[member]);
    value ? out.text(*value) : out.null();
  }

  // A member that is a string or null, and kept as it came.
  base::Result<void> render_as_given(JsonWriter& out, Member member) const {
    TRY_ASSIGN(const auto value, text(member));
    out.key(kMemberNames[member]).raw(value ? members_[member].text() : "null");
    return {};
  }

  void render_data(JsonWriter& out) {
    const std::string_view data = members_[kEventData].text();
    out.key("event_data");
    const std::size_t at = shown_.json.size();
    out.raw(data.empty() ? "{}" : data);
    if (attributes_.empty()) return;
    shown_.attributes_begin =
        static_cast<std::uint32_t>(at + static_cast<std::size_t>(attributes_.data() - data.data()));
    shown_.attributes_end = static_cast<std::uint32_t>(shown_.attributes_begin + attributes_.size());
  }

  base::Result<void> check_own_url(const std::string& own_path) const {
    TRY_ASSIGN(const auto url, text(kUrl));
    if (!url) return {};
    if (members_[kSid].text().empty()) return bad_member("sid", "is missing, though url names an event");
    const auto path = path_of_url(*url);
    if (path && base::to_lower(std::string_view(*url).substr(*path)).ends_with(base::to_lower(own_path))) return {};
    return bad_member("url",
                      base::quoted_for_message(*url, 200) + " is not a URL of this event, which ends with " + own_path);
  }

  base::Result<void> render() {
    const std::string own_path = workspace_path() + "/Events/" + sid_;
    TRY(check_own_url(own_path));
    shown_.json.reserve(1024 + members_[kEventData].text().size());
    JsonWriter out(shown_.json);
    out.begin_object();
    render_text(out, kSid, sid_);
    render_on_base(out.key(kMemberNames[kUrl]), own_path, shown_.url_at);
    TRY(render_as_given(out, kSource));
    render_text(out, kActorSid, actor_sid_);
    TRY(render_url(out, kActorUrl, actor_path(), shown_.actor_url_at));
    TRY(render_as_given(out, kActorType));
    render_data(out);
    render_text(out, kEventDate, base::to_second_text(date_));
    TRY(render_as_given(out, kEventType));
    render_text(out, kAccountSid, account_sid_);
    TRY(render_as_given(out, kDescription));
    render_text(out, kResourceSid, resource_sid_);
    TRY(render_url(out, kResourceUrl, resource_path(), shown_.resource_url_at));
    out.key("event_date_ms").number(base::to_ms(time_));
    TRY(render_as_given(out, kResourceType));
    render_text(out, kWorkspaceSid, workspace_sid_);
    TRY(render_as_given(out, kSourceIpAddress));
    out.end_object();
    return {};
  }

  const Members& members_;
  const Arrival& arrival_;

  std::string sid_;
  std::string workspace_sid_;
  std::string workspace_name_;
  std::string account_sid_;
  std::optional<std::string> actor_sid_;
  std::optional<std::string> resource_sid_;
  std::optional<std::string> task_sid_;
  std::string_view attributes_;  // into event_data
  base::WallTime time_;
  base::WallTime date_;
  std::vector<Term> terms_;
  ShownEvent shown_;
};

base::Result<Members> members_of(CheckedJson json) {
  if (!json.is_object()) return base::invalid_argument("an event must be a JSON object");
  Members members;
  for (MemberScanner scan(json); scan.next();) {
    const auto* const name = std::find(kMemberNames.begin(), kMemberNames.end(), scan.name());
    if (name == kMemberNames.end()) {
      const auto meant = base::nearest(scan.name(), {kMemberNames.begin(), kMemberNames.end()});
      return bad_member(base::quoted_for_message(scan.name()),
                        "is no member of an event" + (meant ? "; did you mean " + *meant + "?" : std::string()));
    }
    CheckedJson& place = members[static_cast<std::size_t>(name - kMemberNames.begin())];
    if (!place.text().empty()) return bad_member(*name, "stands there twice");
    place = scan.value();
  }
  return members;
}

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
    const std::string place = "line " + std::to_string(line_number);
    auto checked = checker.check(line, limits.nesting_max);
    if (!checked) return std::move(checked).error().while_doing(place);
    auto event = decode_event(*checked, arrival, limits);
    if (!event) return std::move(event).error().while_doing(place);
    events.push_back(*std::move(event));
  }
  return events;
}

}  // namespace

base::Result<model::Event> decode_event(CheckedJson json, const Arrival& arrival, const model::Limits& limits) {
  if (json.text().size() > limits.event_bytes_max) {
    return base::too_large("the event has " + std::to_string(json.text().size()) + " bytes of JSON, more than " +
                           std::to_string(limits.event_bytes_max) + " (limit event_bytes_max)");
  }
  TRY_ASSIGN(const Members members, members_of(json));
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

base::Result<std::string> peek_workspace_sid(JsonChecker& checker, std::string_view json) {
  TRY_ASSIGN(const CheckedJson checked, checker.check(json, model::Limits().nesting_max));
  if (!checked.is_object()) return base::invalid_argument("an event must be a JSON object");
  for (MemberScanner scan(checked); scan.next();) {
    if (scan.name() != "workspace_sid") continue;
    const auto text = scan.value().string();
    if (text) return *text;
  }
  return bad_member("workspace_sid", "is missing; it says where the event belongs");
}

}  // namespace waybill::codec
