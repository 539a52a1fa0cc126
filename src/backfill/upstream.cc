#include "backfill/upstream.h"

#include <algorithm>
#include <utility>

#include "backfill/workspace_list.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace waybill::backfill {
namespace {

using base::Result;

// An answer that is no page may be a slip; one that comes again is not, and for so many pages then none is thought to
// be.
constexpr int kUnreadableTries = 3;
constexpr int kPagesUntilCalm = 50;

std::string time_text(std::int64_t second) {
  return base::to_second_text(std::clamp(base::WallTime(std::chrono::seconds(second)), base::kTimeMin, base::kTimeMax));
}

}  // namespace

std::optional<std::chrono::seconds> usual_retention(const std::string& url) {
  const auto place = http::parse_url(url);
  if (!place) return std::nullopt;
  const std::string authority = base::to_lower(place->authority);
  const std::string host = authority.substr(0, authority.find(':'));
  if (host != "twilio.com" && !host.ends_with(".twilio.com")) return std::nullopt;
  return std::chrono::hours(24 * 30);
}

Result<std::unique_ptr<Upstream>> Upstream::open(const std::string& url, const std::string& workspace_sid,
                                                 CallOptions options, const CallParts& parts) {
  TRY_ASSIGN(const http::Url place, http::parse_url(url));
  if (url.find_first_of("?#") != std::string::npos) {
    return base::invalid_argument(url + " must not have a query or a fragment");
  }
  std::string base_url = url;
  while (base_url.ends_with('/')) base_url.pop_back();
  return std::unique_ptr<Upstream>(new Upstream(place.scheme + "://" + place.authority,
                                                base_url + "/v1/Workspaces/" + workspace_sid + "/Events",
                                                std::move(options), parts));
}

Upstream::Upstream(std::string name, std::string list_url, CallOptions options, const CallParts& parts)
    : name_(std::move(name)),
      list_url_(std::move(list_url)),
      client_(std::move(options), parts),
      pages_since_unreadable_(kPagesUntilCalm) {}

Result<ToldPage> Upstream::list(const Slice& slice, std::uint32_t page_size) {
  http::Parameters parameters = slice.filters;
  parameters.emplace_back("StartDate", time_text(slice.span.from));
  parameters.emplace_back("EndDate", time_text(slice.span.to + (end_is_whole_ ? 0 : 1)));
  parameters.emplace_back("PageSize", std::to_string(page_size));
  return ask(slice, page_size, list_url_ + "?" + http::encode_form(parameters));
}

Result<ToldPage> Upstream::follow(const ToldPage& previous) {
  return ask(previous.slice, previous.page_size, previous.next_url);
}

Result<ToldPage> Upstream::ask(const Slice& slice, std::uint32_t page_size, const std::string& url) {
  const bool end_was_whole = end_is_whole_;
  Page page;
  std::string unreadable;
  int tries_left = pages_since_unreadable_ < kPagesUntilCalm ? 1 : kUnreadableTries;
  const auto answer = client_.send({http::Method::kGet, url, {{"Accept", "application/json"}}, ""},
                                   [&](const http::Response& response) -> std::optional<base::Error> {
                                     auto parsed = parse_page(response.body);
                                     if (!parsed && --tries_left > 0) return parsed.error();
                                     if (!parsed) unreadable = parsed.error().message();
                                     if (parsed) page = *std::move(parsed);
                                     return std::nullopt;
                                   });
  if (!answer) return answer.error().while_doing(name_);
  if (answer->response.status != 200) return upstream_refusal(name_, answer->response);

  ToldPage told{slice, page_size, std::move(page.events), page.number.value_or(0), false, false,
                url,   "",        answer->asked,          std::move(unreadable)};
  if (!told.unreadable.empty()) {
    told.is_full = true;
    pages_since_unreadable_ = 0;
    return told;
  }
  if (pages_since_unreadable_ < kPagesUntilCalm) ++pages_since_unreadable_;
  const std::int64_t size = std::min<std::int64_t>(page_size, std::max<std::int64_t>(1, page.size.value_or(page_size)));
  told.is_full = std::cmp_greater_equal(told.events.size(), size) || (page.next_url && !told.events.empty());
  if (page.next_url) told.next_url = continuation_of(url, *page.next_url).value_or("");
  told.is_outside = std::any_of(told.events.begin(), told.events.end(),
                                [&](const ToldEvent& event) { return is_outside(event, slice.span); });
  // An event later than the first moment of the second that EndDate names: it means the whole second.
  const auto end = base::WallTime(std::chrono::seconds(slice.span.to + (end_was_whole ? 0 : 1)));
  const bool shown = std::any_of(told.events.begin(), told.events.end(),
                                 [&](const ToldEvent& event) { return event.time && *event.time > end; });
  end_is_whole_ = end_is_whole_ || (shown && !told.is_outside);
  return told;
}

// Asked a second further than the span, so one more belongs to it.
bool Upstream::is_outside(const ToldEvent& event, const Span& span) const {
  const Span wide{span.from, span.to + 1};
  const bool by_time = event.time && wide.holds(base::to_seconds(*event.time));
  const bool by_date = event.second && wide.holds(*event.second);
  return event.time && !by_time && !by_date;
}

}  // namespace waybill::backfill
