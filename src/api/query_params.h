#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error_response.h"
#include "base/clock.h"
#include "http/url.h"
#include "model/event_query.h"
#include "model/limits.h"

namespace waybill::api {

// A query's parameters by name. A parameter that this API knows may be given once; one it does not know is ignored, as
// the hosted service does.
class QueryParams {
 public:
  // 400/20001 for a malformed percent-encoding, which names `place`, and for one of `known` names given twice.
  static ApiResult<QueryParams> parse(std::string_view query, const std::vector<std::string_view>& known,
                                      std::string_view place = "the query");

  // The value; nothing if the parameter is absent or empty.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  // The value, empty ones included.
  [[nodiscard]] std::optional<std::string> raw(std::string_view name) const;
  // A whole number of at least `low`; one beyond `high` is `high`. 400/20001 for anything else, an empty value
  // included.
  [[nodiscard]] ApiResult<std::optional<std::int64_t>> number(std::string_view name, std::int64_t low,
                                                              std::int64_t high) const;

 private:
  http::Parameters parameters_;
};

// How a list is cut into pages; the same for every list.
struct Paging {
  std::uint32_t page_size = model::kPageSizeDefault;
  std::int64_t page = 0;
  std::string page_token;  // empty: the first page
};

// 400/20001 for a bad PageSize or Page (a PageSize above the maximum is served as the maximum), 400/40153 for a Page
// above 0 without a PageToken.
ApiResult<Paging> parse_paging(const QueryParams& params);

// What an Events list was asked for.
struct EventListParams {
  std::vector<model::Term> terms;
  std::optional<model::EventSid> sid;
  base::WallTime from;
  base::WallTime to;
  model::Direction ordering = model::Direction::kOldestFirst;
  Paging paging;
  http::Parameters filters;  // as the caller wrote them, in the documented order; what a page token is bound to
  bool with_extra = false;   // what is kept beside an event is shown too
  bool explains = false;     // the answer is to say how the page was found, instead of showing it
};

// The parameter that asks for terms of a dimension.
std::string_view parameter_of(model::Dimension dimension);

// The Extra parameter: `true` or `false`, which is the default. 400/20001 for anything else.
ApiResult<bool> parse_extra(const QueryParams& params);

// Reads the query of GET …/Events. `now` is where the default window and Minutes count from. 400, naming the parameter
// and the value, for what breaks a rule.
ApiResult<EventListParams> parse_event_list(std::string_view query, base::WallTime now);

}  // namespace waybill::api
