#include "backfill/page.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_scan.h"
#include "model/limits.h"
#include "model/sid.h"

namespace waybill::backfill {
namespace {

using base::Result;
using codec::CheckedJson;
using codec::MemberScanner;

// What stands around an event.
constexpr std::size_t kNestingAround = 2;
constexpr std::size_t kNestingMax = 1000 + kNestingAround;

base::Error no_page(std::string_view what) {
  return base::unavailable("its answer is no page of events: " + std::string(what));
}

struct FilterMember {
  std::string_view member;  // of event_data
  std::string_view filter;
};
// The fewest values first: what has few is asked for with few requests.
constexpr std::array kFilterMembers = {
    FilterMember{"workflow_sid", "WorkflowSid"},
    FilterMember{"task_channel_unique_name", "TaskChannel"},
    FilterMember{"task_queue_sid", "TaskQueueSid"},
    FilterMember{"worker_sid", "WorkerSid"},
    FilterMember{"task_sid", "TaskSid"},
    FilterMember{"reservation_sid", "ReservationSid"},
};

ToldEvent read_event(CheckedJson json) {
  ToldEvent event;
  event.json = json.text();
  std::optional<base::WallTime> date;
  for (MemberScanner scan(json); scan.next();) {
    if (scan.name() == "sid") {
      const auto sid = model::EventSid::parse(scan.value().string().value_or(""));
      if (sid) event.sid = sid->to_text();
    } else if (scan.name() == "event_type") {
      event.type = scan.value().string().value_or("");
    } else if (scan.name() == "event_date_ms") {
      const auto ms = scan.value().integer();
      if (ms && *ms >= base::to_ms(base::kTimeMin) && *ms <= base::to_ms(base::kTimeMax))
        event.time = base::from_ms(*ms);
    } else if (scan.name() == "event_date") {
      const auto parsed = base::parse_time(scan.value().string().value_or(""));
      if (parsed) date = parsed->first;
    }
  }
  if (!event.time) event.time = date;
  if (!date) date = event.time;
  if (date) event.second = second_of(*date);
  return event;
}

void read_meta(CheckedJson meta, Page& page) {
  if (!meta.is_object()) return;
  for (MemberScanner scan(meta); scan.next();) {
    if (scan.name() == "page") page.number = scan.value().integer();
    if (scan.name() == "page_size") page.size = scan.value().integer();
    if (scan.name() == "next_page_url" && !scan.value().is_null()) page.next_url = scan.value().string().value_or("");
  }
}

bool is_time(std::string_view name) { return name == "StartDate" || name == "EndDate"; }

bool same_value(std::string_view name, std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (!is_time(name)) return false;
  const auto one = base::parse_time(a);
  const auto other = base::parse_time(b);
  return one && other && *one == *other;
}

const std::string* find_value(const http::Parameters& parameters, std::string_view name) {
  const auto at =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& pair) { return pair.first == name; });
  return at == parameters.end() ? nullptr : &at->second;
}

struct ListUrl {
  http::Url place;
  std::string path;
  http::Parameters parameters;
};

std::optional<ListUrl> parse_list_url(std::string_view text) {
  const auto url = http::parse_url(text);
  if (!url) return std::nullopt;
  const std::size_t mark = std::min(url->path.find('?'), url->path.size());
  const auto parameters = http::parse_form(std::string_view(url->path).substr(std::min(mark + 1, url->path.size())));
  if (!parameters) return std::nullopt;
  return ListUrl{*url, url->path.substr(0, mark), *parameters};
}

}  // namespace

Result<Page> parse_page(std::string_view body) {
  codec::JsonChecker checker;
  const auto checked = checker.check(body, kNestingMax);
  if (!checked) return no_page(checked.error().message());
  if (!checked->is_object()) return no_page("it is no JSON object");
  Page page;
  bool has_events = false;
  for (MemberScanner scan(*checked); scan.next();) {
    if (scan.name() == "meta") read_meta(scan.value(), page);
    if (scan.name() != "events") continue;
    if (!scan.value().is_array()) return no_page("its events are no array");
    has_events = true;
    for (codec::ElementScanner element(scan.value()); element.next();) {
      if (!element.value().is_object()) return no_page("one of its events is no object");
      page.events.push_back(read_event(element.value()));
    }
  }
  if (!has_events) return no_page("it has no events");
  return page;
}

std::optional<std::string> continuation_of(std::string_view url, std::string_view next_url) {
  const auto list = parse_list_url(url);
  const auto next = parse_list_url(next_url);
  if (!list || !next || list->path != next->path || list->place.path == next->place.path) return std::nullopt;
  if (const std::string* token = find_value(next->parameters, "PageToken"); token == nullptr || token->empty()) {
    return std::nullopt;
  }
  const bool is_same_list = std::all_of(list->parameters.begin(), list->parameters.end(), [&](const auto& asked) {
    if (asked.first == "Page" || asked.first == "PageToken") return true;
    const std::string* value = find_value(next->parameters, asked.first);
    return value != nullptr && same_value(asked.first, *value, asked.second);
  });
  if (!is_same_list) return std::nullopt;
  return list->place.scheme + "://" + list->place.authority + next->place.path;
}

std::vector<ValueFilter> filters_of(const ToldEvent& event) {
  std::vector<ValueFilter> filters;
  codec::JsonChecker checker;
  const auto checked = checker.check(event.json, kNestingMax);
  if (!checked || !checked->is_object()) return filters;
  for (MemberScanner scan(*checked); scan.next();) {
    if (scan.name() != "event_data" || !scan.value().is_object()) continue;
    for (MemberScanner data(scan.value()); data.next();) {
      const auto known = std::find_if(kFilterMembers.begin(), kFilterMembers.end(),
                                      [&](const FilterMember& member) { return data.name() == member.member; });
      if (known == kFilterMembers.end()) continue;
      const auto value = data.value().string();
      if (!value || value->empty()) continue;
      filters.push_back({static_cast<std::size_t>(known - kFilterMembers.begin()), std::string(known->filter), *value});
    }
  }
  return filters;
}

}  // namespace waybill::backfill
