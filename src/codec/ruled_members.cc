#include "codec/ruled_members.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "codec/event_builder.h"
#include "codec/event_urls.h"
#include "codec/json_writer.h"
#include "model/sid.h"
#include "model/term.h"

namespace waybill::codec {
namespace {

// The levels that an exported extra puts around a member of it: the event, the extra, its members.
constexpr std::size_t kNestingAroundExtra = 3;

// What the value of a member must be, by its rule in the Events API.
enum class Rule : std::uint8_t {
  kOwnSid,     // a sid of an event; without it there is no event
  kWorkspace,  // the workspace that the event comes to; another one is another's event
  kAccount,    // a sid of an account
  kAnySid,
  kText,
  kEventType,  // a text that a filter can name
  kUrl,        // absolute, http or https
  kOwnUrl,     // a URL of this event
  kObject,
  kTime,  // one of two members that must be there
};

constexpr std::array<Rule, kMemberCount> kRules = [] {
  std::array<Rule, kMemberCount> rules{};
  const auto set = [&rules](Member member, Rule rule) { rules[static_cast<std::size_t>(member)] = rule; };
  set(Member::kSid, Rule::kOwnSid);
  set(Member::kUrl, Rule::kOwnUrl);
  set(Member::kSource, Rule::kText);
  set(Member::kActorSid, Rule::kAnySid);
  set(Member::kActorUrl, Rule::kUrl);
  set(Member::kActorType, Rule::kText);
  set(Member::kEventData, Rule::kObject);
  set(Member::kEventDate, Rule::kTime);
  set(Member::kEventType, Rule::kEventType);
  set(Member::kAccountSid, Rule::kAccount);
  set(Member::kDescription, Rule::kText);
  set(Member::kResourceSid, Rule::kAnySid);
  set(Member::kResourceUrl, Rule::kUrl);
  set(Member::kEventDateMs, Rule::kTime);
  set(Member::kResourceType, Rule::kText);
  set(Member::kWorkspaceSid, Rule::kWorkspace);
  set(Member::kSourceIpAddress, Rule::kText);
  return rules;
}();

bool is_empty_text(CheckedJson value) { return value.text() == "\"\""; }

// Milliseconds since 1970 that an event can have; nothing for anything else.
std::optional<std::int64_t> milliseconds_of(CheckedJson value) {
  auto number = value.whole_number();
  if (!number && value.is_string()) number = base::parse_int(*value.string());
  if (!number || *number < base::to_ms(base::kTimeMin) || *number > base::to_ms(base::kTimeMax)) return std::nullopt;
  return number;
}

bool is_date(CheckedJson value) { return value.is_string() && base::parse_time(*value.string()).has_value(); }

std::string pointer_to(Member member) { return "/" + std::string(name_of(member)); }

}  // namespace

base::Result<void> RuledMembers::locate() {
  TRY_ASSIGN(members_, locate_members(event_, arrival_.rules));
  TRY(check_length());
  TRY(take_others());
  if (cleaned_ != nullptr) {
    if (cleaned_->nesting > limits_.nesting_max) take_deep_members();
    if (!cleaned_->replaced.empty()) take_originals();
    if (at(Member::kEventData).text().empty()) write_data_that_is_asked_for();
  }
  if (arrival_.rules == Rules::kLenient && members_.data_twice) take_last_of_each_name();
  return {};
}

// What an export put beside an event is no part of its length, else the largest could not come back.
base::Result<void> RuledMembers::check_length() const {
  constexpr std::size_t kAroundName = 4;  // comma, quotes, colon
  std::size_t extra = 0;
  for (const auto& [name, value] : members_.others) {
    if (name == kExtraMember && extra == 0 && value.text().size() <= extra_bytes_max(limits_)) {
      extra = kExtraMember.size() + kAroundName + value.text().size();
    }
  }
  // Escapes may make the name longer, which then counts.
  return check_event_length(event_.text().size() - extra, limits_);
}

base::Result<std::string> RuledMembers::extra() const {
  std::string json = extra_.json();
  const std::size_t length_max = extra_bytes_max(limits_);
  if (json.size() <= length_max) return json;
  return base::too_large("what is kept beside the event has " + std::to_string(json.size()) +
                         " bytes of JSON, more than " + std::to_string(length_max) +
                         ", which goes with limit event_bytes_max");
}

base::Result<void> RuledMembers::take_others() {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : members_.others) {
    if (name == kExtraMember && extra_.is_empty() && extra_.take(value)) continue;
    if (arrival_.rules == Rules::kStrict) {
      return base::invalid_argument(std::string(kExtraMember) +
                                    ": must be what an export wrote: an object of members and originals");
    }
    if (value.nesting() + kNestingAroundExtra > limits_.nesting_max) {
      extra_.keep_original(child_pointer("", name), raw_of(value));
    } else {
      extra_.keep_member(name, value.text());
    }
    if (seen.insert(name).second && unknown_.size() < DecodedElements::kUnknownNamesMax) unknown_.push_back(name);
  }
  unknown_count_ = seen.size();
  return {};
}

// Those that would make the event deeper than the limit.
void RuledMembers::take_deep_members() {
  for (std::size_t i = 0; i < kMemberCount; ++i) {
    const auto member = static_cast<Member>(i);
    if (at(member).nesting() < limits_.nesting_max) continue;
    extra_.keep_original(pointer_to(member), raw_of(at(member)));
    at(member) = {};
  }
}

// Of an event_data that cannot be shown, the members that the event is found by: who asks for a task, or has it erased,
// must not miss an event of it.
void RuledMembers::write_data_that_is_asked_for() {
  const auto found = std::exchange(members_.data, {});
  at(Member::kEventData) = {};
  members_.data_twice.reset();
  std::string json;
  JsonWriter out(json);
  out.begin_object();
  for (std::size_t i = 0; i < kDataMemberCount; ++i) {
    const auto member = static_cast<DataMember>(i);
    const bool is_kept = found[i].is_string() && member != DataMember::kTaskAttributes;
    if (is_kept) out.key(name_of(member)).raw(found[i].text());
  }
  out.end_object();
  if (json == "{}") return;
  at(Member::kEventData) = CheckedJson(written_.emplace_front(std::move(json)));
  locate_data_members(members_);
}

void RuledMembers::take_originals() {
  for (std::size_t i = 0; i < kMemberCount; ++i) {
    const auto member = static_cast<Member>(i);
    if (!at(member).text().empty()) extra_.keep_originals(pointer_to(member), at(member), *cleaned_);
  }
  for (const auto& [name, value] : members_.others) {
    const std::string pointer = child_pointer("", name);
    extra_.keep_original_of_name(pointer, value, *cleaned_);
    if (value.nesting() + kNestingAroundExtra <= limits_.nesting_max) {
      extra_.keep_originals(pointer, value, *cleaned_);
    }
  }
}

// Writes event_data anew, where a member that something is done with stands there twice: redaction must not hide one
// value and show another.
void RuledMembers::take_last_of_each_name() {
  std::map<std::string, std::size_t, std::less<>> last;
  std::size_t count = 0;
  for (MemberScanner scan(at(Member::kEventData)); scan.next(); ++count) {
    last.insert_or_assign(std::string(scan.name()), count);
  }
  std::string& json = written_.emplace_front();
  JsonWriter out(json);
  out.begin_object();
  count = 0;
  for (MemberScanner scan(at(Member::kEventData)); scan.next(); ++count) {
    if (last.find(scan.name())->second == count) out.key(scan.name()).raw(scan.value().text());
  }
  out.end_object();
  at(Member::kEventData) = CheckedJson(json);
  locate_data_members(members_);
}

// A value as it came, if that is known still.
std::string_view RuledMembers::raw_of(CheckedJson value) const {
  if (cleaned_ == nullptr) return value.text();
  const auto begin = static_cast<std::size_t>(value.text().data() - cleaned_->text.data());
  const auto found = std::lower_bound(cleaned_->members.begin(), cleaned_->members.end(), begin,
                                      [](const TopValue& one, std::size_t place) { return one.begin < place; });
  const bool is_there = found != cleaned_->members.end() && found->begin == begin;
  return is_there ? found->raw : value.text();
}

void RuledMembers::set_aside() {
  for (std::size_t i = 0; i < kMemberCount; ++i) {
    const auto member = static_cast<Member>(i);
    CheckedJson& value = at(member);
    if (value.text().empty()) continue;
    if (value.is_null() || (kRules[i] != Rule::kText && is_empty_text(value))) {
      value = {};
    } else if (kRules[i] != Rule::kTime && !holds(member)) {
      set_aside(member);
    }
  }
  set_aside_times();
}

bool RuledMembers::holds(Member member) const {
  const CheckedJson value = members_[member];
  const auto is_text_that = [&value](auto rule) { return value.is_string() && rule(*value.string()); };
  switch (kRules[static_cast<std::size_t>(member)]) {
    case Rule::kOwnSid:
    case Rule::kTime: return true;
    case Rule::kWorkspace:
    case Rule::kText: return value.is_string();
    case Rule::kObject: return value.is_object();
    case Rule::kAccount:
      return is_text_that([](const std::string& text) { return model::AccountSid::parse(text).has_value(); });
    case Rule::kAnySid: return is_text_that([](const std::string& text) { return model::is_any_sid(text); });
    case Rule::kEventType:
      return is_text_that(
          [](const std::string& text) { return model::parse_term(model::Dimension::kEventType, text).has_value(); });
    case Rule::kUrl: return is_text_that([](const std::string& text) { return path_of_url(text).has_value(); });
    case Rule::kOwnUrl:
      return is_text_that([this](const std::string& text) {
        const auto sid = members_[Member::kSid].string();
        const CheckedJson workspace = members_[Member::kWorkspaceSid];
        const std::string place = workspace.is_string() ? *workspace.string() : arrival_.workspace_sid;
        return sid && ends_with_path(text, std::string(kApiPath) + place + "/Events/" + *sid);
      });
  }
  return true;
}

void RuledMembers::set_aside(Member member) {
  extra_.keep_member(name_of(member), at(member).text());
  const auto text = member == Member::kEventData ? at(member).string() : std::nullopt;
  at(member) = {};
  if (text) take_data_of_text(*text);
}

// Some senders put the JSON of event_data into a text.
void RuledMembers::take_data_of_text(std::string_view text) {
  JsonChecker checker;
  const auto json = checker.check_of_any_nesting(text);
  if (!json || !json->is_object()) return;
  const bool is_deep = json->nesting() >= limits_.nesting_max;
  at(Member::kEventData) = CheckedJson(written_.emplace_front(json->text()));
  locate_data_members(members_);
  if (is_deep) return write_data_that_is_asked_for();
  if (members_.data_twice) take_last_of_each_name();
}

// Of the two members that have the time, one is enough.
void RuledMembers::set_aside_times() {
  CheckedJson& ms = at(Member::kEventDateMs);
  CheckedJson& date = at(Member::kEventDate);
  const auto number = milliseconds_of(ms);
  const bool has_date = is_date(date);
  if (!date.text().empty() && !has_date && number) set_aside(Member::kEventDate);
  if (ms.text().empty() || (!number && !has_date)) return;
  if (number && !ms.is_string()) return;
  set_aside(Member::kEventDateMs);
  if (number) ms = CheckedJson(written_.emplace_front(std::to_string(*number)));
}

}  // namespace waybill::codec
