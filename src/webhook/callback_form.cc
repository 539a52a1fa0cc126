#include "webhook/callback_form.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_writer.h"
#include "model/sid.h"

namespace waybill::webhook {
namespace {

using codec::Member;
using codec::TextEvent;

// Parameters that become members of the event, and do not stand in event_data.
constexpr std::array<std::string_view, 9> kBaseParameters = {
    "Sid",         "EventType",   "AccountSid", "EventDescription", "ResourceType",
    "ResourceSid", "ResourceUrl", "Timestamp",  "TimestampMs"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Whole numbers of `unit` since 1970, in the years that events have.
base::Result<std::optional<base::WallTime>> read_time(const http::Parameters& form, std::string_view name,
                                                      std::int64_t milliseconds_of_unit) {
  const std::string_view text = find_parameter(form, name);
  if (text.empty()) return std::optional<base::WallTime>();
  const auto number = base::parse_int(text);
  const std::int64_t low = base::to_ms(base::kTimeMin) / milliseconds_of_unit;
  const std::int64_t high = base::to_ms(base::kTimeMax) / milliseconds_of_unit;
  if (number && *number >= low && *number <= high) {
    return std::optional(base::from_ms(*number * milliseconds_of_unit));
  }
  const auto span = base::parse_time(text);
  if (span) return std::optional(span->first);
  return base::invalid_argument(std::string(name) + ": " + base::quoted_for_message(text) + " is no whole number of " +
                                (milliseconds_of_unit == 1 ? "milliseconds" : "seconds") +
                                " since 1970 in the years 0 to 9999");
}

void tell_unless_empty(TextEvent& event, Member member, std::string_view value) {
  if (!value.empty()) event.tell(member, value);
}

base::Result<void> tell_times(TextEvent& event, const http::Parameters& form) {
  TRY_ASSIGN(const auto seconds, read_time(form, "Timestamp", 1000));
  TRY_ASSIGN(const auto milliseconds, read_time(form, "TimestampMs", 1));
  if (!seconds && !milliseconds) {
    return base::invalid_argument("Timestamp: is missing, and so is TimestampMs; one must be there");
  }
  event.tell(Member::kEventDate, base::to_second_text(seconds ? *seconds : *milliseconds));
  event.tell_time(base::to_ms(milliseconds ? *milliseconds : *seconds));
  return {};
}

// The rest of the form. A parameter that is repeated word for word is one.
base::Result<void> tell_data(TextEvent& event, const http::Parameters& form) {
  struct Told {
    std::string name;
    const http::Parameters::value_type* from;
  };
  std::vector<Told> told;
  told.reserve(form.size());
  event.begin_data();
  for (const auto& parameter : form) {
    if (std::find(kBaseParameters.begin(), kBaseParameters.end(), parameter.first) != kBaseParameters.end()) continue;
    std::string name = to_snake_case(parameter.first);
    const auto same = std::find_if(told.begin(), told.end(), [&](const Told& one) { return one.name == name; });
    if (same != told.end()) {
      if (*same->from == parameter) continue;
      return base::invalid_argument(base::quoted_for_message(parameter.first) + ": stands there twice, as " +
                                    base::quoted_for_message(name) + " of event_data");
    }
    event.tell_data(name, parameter.second);
    told.push_back({std::move(name), &parameter});
  }
  event.end_data();
  return {};
}

std::string sid_of_form(const http::Parameters& form) {
  http::Parameters sorted = form;
  std::sort(sorted.begin(), sorted.end());
  std::string content;
  codec::JsonWriter out(content);
  out.begin_array();
  for (const auto& [name, value] : sorted) out.text(name).text(value);
  out.end_array();
  return sid_of_content(content);
}

base::Result<void> check_once(const http::Parameters& form) {
  for (const std::string_view name : kBaseParameters) {
    const std::string_view first = find_parameter(form, name);
    const bool differs = std::any_of(form.begin(), form.end(), [&](const auto& parameter) {
      return parameter.first == name && parameter.second != first;
    });
    if (differs) return base::invalid_argument(std::string(name) + ": stands there twice");
  }
  return {};
}

}  // namespace

base::Result<http::Parameters> decode_form(std::string_view text) {
  const auto pieces = static_cast<std::size_t>(std::count(text.begin(), text.end(), '&'));
  if (pieces >= kParametersMax) {
    return base::too_large("the form has more than " + std::to_string(kParametersMax) + " parameters");
  }
  TRY_ASSIGN(http::Parameters form, http::parse_form(text));
  for (const auto& [name, value] : form) {
    if (!base::is_utf8(name)) return base::invalid_argument(base::quoted_for_message(name) + " is not UTF-8");
    if (base::is_utf8(value)) continue;
    return base::invalid_argument(base::quoted_for_message(name) + ": " + base::quoted_for_message(value) +
                                  " is not UTF-8");
  }
  return form;
}

std::string_view find_parameter(const http::Parameters& form, std::string_view name) {
  const auto at = std::find_if(form.begin(), form.end(), [&](const auto& one) { return one.first == name; });
  return at == form.end() ? std::string_view() : std::string_view(at->second);
}

std::string to_snake_case(std::string_view name) {
  constexpr std::size_t kWordsUsual = 8;
  std::string out;
  out.reserve(name.size() + kWordsUsual);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (is_upper(c) && i > 0) {
      const bool behind_word = is_lower_or_digit(name[i - 1]);
      const bool begins_word = is_upper(name[i - 1]) && i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
      if (behind_word || begins_word) out += '_';
    }
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::string sid_of_content(std::string_view content) {
  const base::Sha256 hash = base::sha256(content);
  model::SidBytes bytes;
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  return model::EventSid(bytes).to_text();
}

base::Result<TextEvent> read_callback(const http::Parameters& form) {
  TRY(check_once(form));
  TextEvent event;
  const std::string_view sid = find_parameter(form, "Sid");
  event.tell(Member::kSid, sid.empty() ? sid_of_form(form) : sid);
  event.tell(Member::kSource, "twilio");
  tell_unless_empty(event, Member::kActorSid, find_parameter(form, "WorkspaceSid"));
  event.tell(Member::kActorType, "workspace");
  TRY(tell_data(event, form));
  TRY(tell_times(event, form));
  tell_unless_empty(event, Member::kEventType, find_parameter(form, "EventType"));
  tell_unless_empty(event, Member::kAccountSid, find_parameter(form, "AccountSid"));
  tell_unless_empty(event, Member::kDescription, find_parameter(form, "EventDescription"));
  tell_unless_empty(event, Member::kResourceSid, find_parameter(form, "ResourceSid"));
  tell_unless_empty(event, Member::kResourceUrl, find_parameter(form, "ResourceUrl"));
  tell_unless_empty(event, Member::kResourceType, base::to_lower(find_parameter(form, "ResourceType")));
  tell_unless_empty(event, Member::kWorkspaceSid, find_parameter(form, "WorkspaceSid"));
  return event;
}

base::Result<model::Event> decode_callback(const http::Parameters& form, const codec::Arrival& arrival,
                                           const model::Limits& limits) {
  if (find_parameter(form, "EventType").empty()) return base::invalid_argument("EventType: is missing");
  if (find_parameter(form, "WorkspaceSid").empty()) return base::invalid_argument("WorkspaceSid: is missing");
  TRY_ASSIGN(const TextEvent event, read_callback(form));
  return event.build(arrival, limits);
}

}  // namespace waybill::webhook
