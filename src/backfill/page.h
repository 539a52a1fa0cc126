#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backfill/spans.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/url.h"

namespace waybill::backfill {

// An event as an upstream told of it, as far as a pull must look into it.
struct ToldEvent {
  std::string sid;                     // lower case; empty if there is no proper one
  std::optional<base::WallTime> time;  // event_date_ms, else event_date; nothing if there is neither
  std::optional<std::int64_t> second;  // event_date, by which upstreams may filter, else of `time`
  std::string type;
  std::string json;  // as it came, on one line; may be no JSON, and then the others are empty
};

// What an upstream is asked: the events of a span, or those of them that a filter names.
struct Slice {
  Span span;
  http::Parameters filters;
};

// A page of an upstream's list.
struct Page {
  std::vector<ToldEvent> events;
  std::optional<std::int64_t> number;   // meta.page
  std::optional<std::int64_t> size;     // meta.page_size
  std::optional<std::string> next_url;  // meta.next_page_url, wherever it leads
};

// Reads an answer to a list, event by event: one that is no JSON costs itself alone. kUnavailable, saying what is
// wrong, for what is no such answer.
base::Result<Page> parse_page(std::string_view body);

// Where to ask for the page that `next_url` names, if it is one of the list that `url` began: the same path, the same
// window and filters, and a token. It is asked of `url`'s own host whatever `next_url` says: a server behind a proxy
// names the proxy, and credentials go nowhere else. Nothing for what is no such page.
std::optional<std::string> continuation_of(std::string_view url, std::string_view next_url);

// A parameter and a value that an event is found by.
struct ValueFilter {
  std::size_t rank = 0;  // low where one value finds many events: a queue has more of them than a task
  std::string name;
  std::string value;
  friend auto operator<=>(const ValueFilter&, const ValueFilter&) = default;
};

// Those, apart from EventType, that find the event.
std::vector<ValueFilter> filters_of(const ToldEvent& event);

}  // namespace waybill::backfill
