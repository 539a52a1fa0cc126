#include "backfill/page.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_grammar.h"
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
constexpr std::size_t kPageNestingMax = 1000 + kNestingAround;

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
  if (!json.is_object()) return event;
  std::optional<base::WallTime> date;
  for (MemberScanner scan(json); scan.next();) {
    if (scan.name() == "sid") {
      const auto sid = model::EventSid::parse(scan.value().string().value_or(""));
      if (sid) event.sid = sid->to_text();
    } else if (scan.name() == "event_type") {
      event.type = scan.value().string().value_or("");
    } else if (scan.name() == "event_date_ms") {
      auto ms = scan.value().whole_number();
      if (!ms) ms = base::parse_int(scan.value().string().value_or(""));
      if (ms && *ms >= base::to_ms(base::kTimeMin) && *ms <= base::to_ms(base::kTimeMax))
        event.time = base::from_ms(*ms);
    } else if (scan.name() == "event_date") {
      const auto parsed = base::parse_time(scan.value().string().value_or(""));
      if (parsed) date = parsed->first;
    }
  }
  if (!event.time) event.time = date;
  if (!date) date = event.time;
  if (date) event.second = base::to_seconds(*date);
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

namespace {

// Reads the events of an answer that is JSON as a whole.
Result<Page> read_checked(CheckedJson body) {
  if (!body.is_object()) return no_page("it is no JSON object");
  Page page;
  bool has_events = false;
  for (MemberScanner scan(body); scan.next();) {
    if (scan.name() == "meta") read_meta(scan.value(), page);
    if (scan.name() != "events") continue;
    if (!scan.value().is_array()) return no_page("its events are no array");
    has_events = true;
    page.events.clear();
    for (codec::ElementScanner element(scan.value()); element.next();) {
      page.events.push_back(read_event(element.value()));
    }
  }
  if (!has_events) return no_page("it has no events");
  return page;
}

// White space between values becomes blanks; a string of JSON has no line feeds.
std::string on_one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return line;
}

// As it came, so that what is no text can be kept.
ToldEvent read_rough_event(codec::JsonChecker& checker, std::string_view text) {
  const auto checked = checker.check_of_any_nesting(text);
  ToldEvent event;
  if (checked) event = read_event(*checked);
  event.json = on_one_line(text);
  return event;
}

// Goes over an answer of which some events may be no JSON. What stands around them must be.
class RoughPage {
 public:
  explicit RoughPage(std::string_view body) : body_(body) {}

  Result<Page> read() {
    at_ = codec::skip_json_blanks(body_, 0);
    if (!take('{')) return no_page("it is no JSON object");
    if (!take('}')) {
      do {
        TRY(member());
      } while (take(','));
      if (!take('}')) return no_page("it ends too early, or is no JSON");
    }
    if (at_ != body_.size()) return no_page("more follows it");
    if (!has_events_) return no_page("it has no events");
    return std::move(page_);
  }

 private:
  bool take(char c) {
    if (at_ == body_.size() || body_[at_] != c) return false;
    at_ = codec::skip_json_blanks(body_, at_ + 1);
    return true;
  }

  // A value by itself.
  Result<CheckedJson> value() {
    const std::size_t begin = at_;
    if (const auto read = codec::read_json_value(body_, at_, json_); !read) return no_page(read.error().message());
    TRY_ASSIGN(const CheckedJson checked, checker_.check_of_any_nesting(body_.substr(begin, at_ - begin)));
    at_ = codec::skip_json_blanks(body_, at_);
    return checked;
  }

  Result<void> member() {
    TRY_ASSIGN(const CheckedJson key, value());
    const auto name = key.string();
    if (!name || !take(':')) return no_page("it is no JSON");
    if (*name != "events") {
      TRY_ASSIGN(const CheckedJson found, value());
      if (*name == "meta") read_meta(found, page_);
      return {};
    }
    if (at_ == body_.size() || body_[at_] != '[') return no_page("its events are no array");
    const codec::ArrayElements events = codec::read_elements(body_, at_, codec::Around::kObject);
    if (!events.is_closed) return no_page("it ends too early");
    has_events_ = true;
    page_.events.clear();
    for (const std::string_view element : events.elements) {
      page_.events.push_back(read_rough_event(checker_, element));
    }
    at_ = codec::skip_json_blanks(body_, events.end);
    return {};
  }

  const std::string_view body_;
  std::size_t at_ = 0;
  codec::CleanJson json_;
  codec::JsonChecker checker_;
  Page page_;
  bool has_events_ = false;
};

}  // namespace

Result<Page> parse_page(std::string_view body) {
  codec::JsonChecker checker;
  const auto checked = checker.check(body, kPageNestingMax);
  if (checked && checker.cleaned() == nullptr) return read_checked(*checked);
  return RoughPage(body).read();
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
  const auto checked = checker.check_of_any_nesting(event.json);
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
