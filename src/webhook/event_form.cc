#include "webhook/event_form.h"

#include <array>

#include "base/clock.h"

namespace waybill::webhook {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Renamed {
  std::string_view member;
  const char* parameter;
};

// What of the event itself a callback has beside its event_data; its times are computed.
constexpr std::array kRenamed = {
    Renamed{"sid", "Sid"},
    Renamed{"event_type", "EventType"},
    Renamed{"account_sid", "AccountSid"},
    Renamed{"description", "EventDescription"},
    Renamed{"resource_type", "ResourceType"},
    Renamed{"resource_sid", "ResourceSid"},
};

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string text_of(const codec::CheckedJson& value) { return value.string().value_or(std::string(value.text())); }

bool has(const Parameters& form, std::string_view name) {
  for (const auto& [known, value] : form) {
    if (known == name) return true;
  }
  return false;
}

void add_data(const codec::CheckedJson& data, Parameters& form) {
  if (!data.is_object()) return;
  for (codec::MemberScanner scan(data); scan.next();) {
    std::string name = parameter_name(scan.name());
    // A second value of one name would be another callback.
    if (scan.value().is_null() || has(form, name)) continue;
    form.emplace_back(std::move(name), text_of(scan.value()));
  }
}

void add_times(std::int64_t ms, Parameters& form) {
  form.emplace_back("Timestamp", std::to_string(base::to_seconds(base::from_ms(ms))));
  form.emplace_back("TimestampMs", std::to_string(ms));
}

}  // namespace

std::string parameter_name(std::string_view member) {
  std::string name;
  bool begins_word = true;
  for (const char c : member) {
    if (c == '_') {
      begins_word = true;
      continue;
    }
    name += begins_word ? to_upper(c) : c;
    begins_word = false;
  }
  return name;
}

base::Result<Parameters> form_of_event(const codec::CheckedJson& event) {
  if (!event.is_object()) return base::invalid_argument("an event is a JSON object");
  Parameters form;
  codec::CheckedJson data;
  codec::CheckedJson workspace;
  for (codec::MemberScanner scan(event); scan.next();) {
    const codec::CheckedJson value = scan.value();
    if (value.is_null()) continue;
    for (const Renamed& renamed : kRenamed) {
      if (renamed.member == scan.name()) form.emplace_back(renamed.parameter, text_of(value));
    }
    if (scan.name() == "event_data") data = value;
    if (scan.name() == "workspace_sid") workspace = value;
    if (scan.name() != "event_date_ms") continue;
    const auto ms = value.integer();
    if (!ms) return base::invalid_argument("event_date_ms: is no whole number");
    add_times(*ms, form);
  }
  constexpr std::pair<const char*, const char*> kNeeded[] = {
      {"Sid", "sid"}, {"EventType", "event_type"}, {"TimestampMs", "event_date_ms"}};
  for (const auto& [parameter, member] : kNeeded) {
    if (!has(form, parameter)) return base::invalid_argument(std::string(member) + ": is missing");
  }
  add_data(data, form);
  if (workspace.is_string() && !has(form, "WorkspaceSid")) form.emplace_back("WorkspaceSid", text_of(workspace));
  return form;
}

}  // namespace waybill::webhook
