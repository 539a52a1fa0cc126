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

struct Times {
  base::WallTime date;
  base::WallTime milliseconds;
  http::Parameters unreadable;  // what stood in the place of the other
};

base::Result<Times> read_times(const http::Parameters& form) {
  const auto seconds = read_time(form, "Timestamp", 1000);
  const auto milliseconds = read_time(form, "TimestampMs", 1);
  const auto has = [](const auto& time) { return time && *time; };
  if (!has(seconds) && !has(milliseconds)) {
    if (!seconds) return seconds.error();
    if (!milliseconds) return milliseconds.error();
    return base::invalid_argument("Timestamp: is missing, and so is TimestampMs; one must be there");
  }
  Times times{has(seconds) ? **seconds : **milliseconds, has(milliseconds) ? **milliseconds : **seconds, {}};
  if (!seconds) times.unreadable.emplace_back("Timestamp", find_parameter(form, "Timestamp"));
  if (!milliseconds) times.unreadable.emplace_back("TimestampMs", find_parameter(form, "TimestampMs"));
  return times;
}

// What stands in event_data, in the order in which its names first stand in the form.
http::Parameters data_of(const http::Parameters& form) {
  struct Told {
    std::string_view parameter;
    std::string name;
    std::string_view value;
  };
  std::vector<Told> told;
  told.reserve(form.size());
  for (const auto& [parameter, value] : form) {
    if (std::find(kBaseParameters.begin(), kBaseParameters.end(), parameter) != kBaseParameters.end()) continue;
    std::string name = to_snake_case(parameter);
    const auto same = std::find_if(told.begin(), told.end(),
                                   [&, &wanted = parameter](const Told& one) { return one.parameter == wanted; });
    if (same != told.end()) {
      same->value = value;
      continue;
    }
    const auto rival = std::find_if(told.begin(), told.end(), [&](const Told& one) { return one.name == name; });
    if (rival != told.end() && parameter == name) rival->name = rival->parameter;
    if (rival != told.end() && parameter != name) name = parameter;
    told.push_back({parameter, std::move(name), value});
  }
  http::Parameters data;
  data.reserve(told.size());
  for (Told& one : told) data.emplace_back(std::move(one.name), one.value);
  return data;
}

void tell_data(TextEvent& event, const http::Parameters& form, const Times& times) {
  event.begin_data();
  for (const auto& [name, value] : data_of(form)) event.tell_data(name, value);
  for (const auto& [name, value] : times.unreadable) event.tell_data(name, value);
  event.end_data();
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

}  // namespace

base::Result<http::Parameters> split_form(std::string_view text) {
  const auto pieces = static_cast<std::size_t>(std::count(text.begin(), text.end(), '&'));
  if (pieces >= kParametersSignedMax) {
    return base::too_large("the form has more than " + std::to_string(kParametersSignedMax) + " parameters");
  }
  return http::read_form(text);
}

base::Result<void> check_form(const http::Parameters& form) {
  if (form.size() > kParametersMax) {
    return base::too_large("the form has more than " + std::to_string(kParametersMax) + " parameters");
  }
  for (const auto& [name, value] : form) {
    if (!base::is_utf8(name)) return base::invalid_argument(base::quoted_for_message(name) + " is not UTF-8");
  }
  return {};
}

base::Result<http::Parameters> decode_form(std::string_view text) {
  TRY_ASSIGN(http::Parameters form, split_form(text));
  TRY(check_form(form));
  return form;
}

std::string_view find_parameter(const http::Parameters& form, std::string_view name) {
  const auto at = std::find_if(form.rbegin(), form.rend(), [&](const auto& one) { return one.first == name; });
  return at == form.rend() ? std::string_view() : std::string_view(at->second);
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
  TRY_ASSIGN(const Times times, read_times(form));
  TextEvent event;
  const std::string_view sid = find_parameter(form, "Sid");
  event.tell(Member::kSid, sid.empty() ? sid_of_form(form) : sid);
  event.tell(Member::kSource, "twilio");
  event.tell_unless_empty(Member::kActorSid, find_parameter(form, "WorkspaceSid"));
  event.tell(Member::kActorType, "workspace");
  tell_data(event, form, times);
  event.tell(Member::kEventDate, base::to_second_text(times.date));
  event.tell_time(base::to_ms(times.milliseconds));
  event.tell_unless_empty(Member::kEventType, find_parameter(form, "EventType"));
  event.tell_unless_empty(Member::kAccountSid, find_parameter(form, "AccountSid"));
  event.tell_unless_empty(Member::kDescription, find_parameter(form, "EventDescription"));
  event.tell_unless_empty(Member::kResourceSid, find_parameter(form, "ResourceSid"));
  event.tell_unless_empty(Member::kResourceUrl, find_parameter(form, "ResourceUrl"));
  event.tell_unless_empty(Member::kResourceType, base::to_lower(find_parameter(form, "ResourceType")));
  event.tell_unless_empty(Member::kWorkspaceSid, find_parameter(form, "WorkspaceSid"));
  return event;
}

base::Result<model::Event> decode_callback(const http::Parameters& form, const codec::Arrival& arrival,
                                           const model::Limits& limits) {
  TRY_ASSIGN(const TextEvent event, read_callback(form));
  return event.build(arrival, limits);
}

}  // namespace waybill::webhook
