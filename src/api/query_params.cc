#include "api/query_params.h"

#include <algorithm>
#include <chrono>

#include "base/strings.h"
#include "base/time_text.h"

namespace waybill::api {
namespace {

using model::Dimension;

constexpr std::chrono::minutes kDefaultWindow{15};
constexpr std::int64_t kMinutesMax = INT32_MAX;   // some 4,000 years; more could not be counted back from now
constexpr std::int64_t kPageMax = INT64_MAX - 1;  // the next page's number must fit too

// The list's own filters, in the order in which the documented example repeats them; the ones it leaves out follow.
constexpr std::string_view kFilters[] = {"TaskQueueSid", "StartDate",   "EndDate",        "WorkerSid", "EventType",
                                         "TaskSid",      "WorkflowSid", "ReservationSid", "Minutes",   "TaskChannel",
                                         "Sid",          "Ordering",    "Extra"};
constexpr std::string_view kExplain = "Explain";
constexpr std::string_view kPagingNames[] = {"PageSize", "Page", "PageToken"};

constexpr std::pair<std::string_view, Dimension> kTermParams[] = {
    {"EventType", Dimension::kEventType},     {"TaskSid", Dimension::kTask},
    {"WorkerSid", Dimension::kWorker},        {"TaskQueueSid", Dimension::kTaskQueue},
    {"WorkflowSid", Dimension::kWorkflow},    {"ReservationSid", Dimension::kReservation},
    {"TaskChannel", Dimension::kTaskChannel},
};

ApiError bad_value(std::string_view name, std::string_view value, std::string_view why) {
  return invalid_parameter(std::string(name) + ": " + base::quoted_for_message(value) + " " + std::string(why));
}

ApiResult<std::optional<base::TimeSpan>> parse_date(const QueryParams& params, std::string_view name) {
  const auto text = params.text(name);
  if (!text) return std::optional<base::TimeSpan>();
  const auto span = base::parse_time(*text);
  if (!span) return bad_value(name, *text, "is not an ISO 8601 date-time: " + span.error().message());
  return std::optional(*span);
}

// The window: StartDate rules out Minutes; without a lower bound of either kind the last fifteen minutes apply, unless
// there is an EndDate, which alone leaves the past open.
ApiResult<base::TimeSpan> parse_window(const QueryParams& params, base::WallTime now) {
  TRY_ASSIGN(const auto start, parse_date(params, "StartDate"));
  TRY_ASSIGN(const auto end, parse_date(params, "EndDate"));
  base::TimeSpan window{base::kTimeMin, end ? end->last : base::kTimeMax};
  if (start) {
    window.first = start->first;
    return window;
  }
  TRY_ASSIGN(const auto minutes, params.number("Minutes", 1, kMinutesMax));
  if (minutes) {
    window.first = std::max(base::kTimeMin, now - std::chrono::minutes(*minutes));
  } else if (!end) {
    window.first = now - kDefaultWindow;
  }
  return window;
}

ApiResult<model::Direction> parse_ordering(const QueryParams& params) {
  const auto text = params.text("Ordering");
  if (!text || *text == "EventDate:asc") return model::Direction::kOldestFirst;
  if (*text == "EventDate:desc") return model::Direction::kNewestFirst;
  return bad_value("Ordering", *text, "is neither EventDate:asc nor EventDate:desc");
}

ApiResult<bool> parse_truth(const QueryParams& params, std::string_view name) {
  const auto text = params.text(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return bad_value(name, *text, "is neither true nor false");
}

ApiResult<std::optional<model::EventSid>> parse_sid(const QueryParams& params) {
  const auto text = params.text("Sid");
  if (!text) return std::optional<model::EventSid>();
  const auto sid = model::EventSid::parse(*text);
  if (!sid) return bad_value("Sid", *text, sid.error().message());
  return std::optional(*sid);
}

}  // namespace

ApiResult<QueryParams> QueryParams::parse(std::string_view query, const std::vector<std::string_view>& known,
                                          std::string_view place) {
  auto parameters = http::parse_form(query);
  if (!parameters) return to_api_error(std::move(parameters).error().while_doing(place));
  QueryParams params;
  for (auto& [name, value] : *parameters) {
    if (std::find(known.begin(), known.end(), name) == known.end()) continue;
    if (params.raw(name)) return invalid_parameter(name + ": is given twice");
    params.parameters_.emplace_back(std::move(name), std::move(value));
  }
  return params;
}

std::optional<std::string> QueryParams::raw(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> QueryParams::text(std::string_view name) const {
  auto value = raw(name);
  return value && value->empty() ? std::nullopt : value;
}

ApiResult<std::optional<std::int64_t>> QueryParams::number(std::string_view name, std::int64_t low,
                                                           std::int64_t high) const {
  const auto text = raw(name);
  if (!text) return std::optional<std::int64_t>();
  const bool all_digits =
      !text->empty() && std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; });
  auto value = base::parse_int(*text);
  if (!value && all_digits) value = INT64_MAX;
  if (!value) return bad_value(name, *text, "is not a whole number");
  if (*value < low) return bad_value(name, *text, "is less than " + std::to_string(low));
  return std::optional(std::min(*value, high));
}

std::string_view parameter_of(Dimension dimension) {
  for (const auto& [name, of_name] : kTermParams) {
    if (of_name == dimension) return name;
  }
  return "";
}

ApiResult<Paging> parse_paging(const QueryParams& params) {
  TRY_ASSIGN(const auto page_size, params.number("PageSize", 1, model::kPageSizeMax));
  TRY_ASSIGN(const auto page, params.number("Page", 0, kPageMax));
  Paging paging;
  paging.page_size = static_cast<std::uint32_t>(page_size.value_or(model::kPageSizeDefault));
  paging.page = page.value_or(0);
  paging.page_token = params.text("PageToken").value_or("");
  if (paging.page > 0 && paging.page_token.empty()) {
    return ApiError{
        400, 40153,
        "Page: " + base::quoted_for_message(*params.raw("Page")) +
            " without a PageToken; follow next_page_url, or give PageToken=PA and the sid of the last item"};
  }
  return paging;
}

ApiResult<bool> parse_extra(const QueryParams& params) { return parse_truth(params, "Extra"); }

ApiResult<EventListParams> parse_event_list(std::string_view query, base::WallTime now) {
  std::vector<std::string_view> known(std::begin(kFilters), std::end(kFilters));
  known.insert(known.end(), std::begin(kPagingNames), std::end(kPagingNames));
  known.push_back(kExplain);
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(query, known));

  EventListParams list;
  TRY_ASSIGN(list.explains, parse_truth(params, kExplain));
  TRY_ASSIGN(list.with_extra, parse_extra(params));
  for (const auto& [name, dimension] : kTermParams) {
    const auto text = params.text(name);
    if (!text) continue;
    auto term = model::parse_term(dimension, *text);
    if (!term) return bad_value(name, *text, term.error().message());
    list.terms.push_back(*std::move(term));
  }
  TRY_ASSIGN(list.sid, parse_sid(params));
  TRY_ASSIGN(const base::TimeSpan window, parse_window(params, now));
  list.from = window.first;
  list.to = window.last;
  TRY_ASSIGN(list.ordering, parse_ordering(params));
  TRY_ASSIGN(list.paging, parse_paging(params));
  for (const std::string_view name : kFilters) {
    if (auto value = params.text(name)) list.filters.emplace_back(name, *std::move(value));
  }
  return list;
}

}  // namespace waybill::api
