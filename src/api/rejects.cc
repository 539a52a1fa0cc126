#include "api/rejects.h"

#include <map>
#include <utility>
#include <vector>

#include "api/form_body.h"
#include "api/query_params.h"
#include "api/reject_reading.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_writer.h"

namespace waybill::api {
namespace {

using AccountTexts = std::map<model::AccountNumber, std::string>;

constexpr std::int64_t kListedMax = 1000;

ApiResult<std::optional<model::WorkspaceSid>> parse_workspace(const QueryParams& params) {
  const auto text = params.text("WorkspaceSid");
  if (!text) return std::optional<model::WorkspaceSid>();
  const auto sid = model::WorkspaceSid::parse(*text);
  if (sid) return std::optional(*sid);
  return invalid_parameter("WorkspaceSid: " + base::quoted_for_message(*text) + " " + sid.error().message());
}

ApiResult<store::RejectQuery> parse_query(const QueryParams& params) {
  store::RejectQuery query;
  TRY_ASSIGN(query.workspace, parse_workspace(params));
  if (const auto text = params.text("Road")) {
    query.road = store::parse_reject_road(*text);
    if (!query.road) {
      return invalid_parameter("Road: " + base::quoted_for_message(*text) +
                               " is none of post, callback, event-streams, pull and import");
    }
  }
  TRY_ASSIGN(const auto after, params.number("After", 0, INT64_MAX));
  TRY_ASSIGN(const auto limit, params.number("Limit", 1, kListedMax));
  if (after) query.after = static_cast<std::uint64_t>(*after);
  if (limit) query.limit = static_cast<std::uint32_t>(*limit);
  return query;
}

// What the next request gives as After; nothing if there is no more.
std::optional<std::uint64_t> next_after(const std::vector<store::Reject>& found, const store::RejectQuery& query) {
  std::uint64_t bytes = 0;
  for (const store::Reject& reject : found) bytes += reject.body.size();
  if (found.size() < query.limit && bytes < query.bytes_max) return std::nullopt;
  return found.back().number;
}

ApiResult<std::uint64_t> parse_number(std::string_view text) {
  const auto number = base::parse_int(text);
  if (number && *number > 0) return static_cast<std::uint64_t>(*number);
  return invalid_parameter("Number: " + base::quoted_for_message(text) + " must be a whole number of at least 1");
}

ApiResult<AccountTexts> account_texts(const store::Registry& registry) {
  TRY_ASSIGN(const auto accounts, checked(registry.accounts()));
  AccountTexts texts;
  for (const model::Account& account : accounts) texts[account.number] = account.sid.to_text();
  return texts;
}

void write_number(codec::JsonWriter& out, std::string_view name, std::uint64_t number) {
  out.key(name).number(static_cast<std::int64_t>(number));
}

// The object's beginning; whoever calls ends it.
void begin_reject(codec::JsonWriter& out, const store::Reject& reject, const AccountTexts& accounts) {
  out.begin_object();
  write_number(out, "number", reject.number);
  out.key("account_sid");
  const auto account = reject.account ? accounts.find(*reject.account) : accounts.end();
  account == accounts.end() ? out.null() : out.text(account->second);
  out.key("workspace_sid");
  reject.workspace_text.empty() ? out.null() : out.text(reject.workspace_text);
  out.member("road", store::to_text(reject.road));
  out.member("form", store::to_text(reject.form));
  out.member("date_arrived", base::to_millisecond_text(reject.arrived));
  out.member("date_last_arrived", base::to_millisecond_text(reject.last_arrived));
  write_number(out, "times", reject.times);
  out.member("origin", reject.origin);
  out.member("place", reject.place);
  out.member("problem", reject.problem);
  write_number(out, "bytes", reject.body.size());
}

void write_figures(codec::JsonWriter& out, const store::RejectFigures& figures) {
  out.key("kept").begin_object();
  write_number(out, "count", figures.count);
  write_number(out, "count_max", figures.limits.count);
  write_number(out, "bytes", figures.bytes);
  write_number(out, "bytes_max", figures.limits.bytes);
  out.key("oldest");
  figures.oldest ? out.text(base::to_millisecond_text(*figures.oldest)) : out.null();
  out.end_object();
}

ApiResult<store::Reject> find_reject(std::string_view number_text, const store::Rejects& rejects) {
  TRY_ASSIGN(const std::uint64_t number, parse_number(number_text));
  TRY_ASSIGN(auto found, checked(rejects.find(number)));
  if (found) return *std::move(found);
  return to_api_error(base::not_found("nothing is kept aside under the number " + std::to_string(number)));
}

ApiResult<RejectAid> parse_aid(const QueryParams& params, const store::Registry& registry) {
  RejectAid aid;
  TRY_ASSIGN(aid.workspace, parse_workspace(params));
  const auto text = params.text("AccountSid");
  if (!text) return aid;
  TRY_ASSIGN(const auto accounts, checked(registry.accounts()));
  for (const model::Account& account : accounts) {
    if (base::equals_ignoring_case(account.sid.to_text(), *text)) aid.account = account;
  }
  if (aid.account) return aid;
  return to_api_error(base::not_found("there is no account " + base::quoted_for_message(*text)));
}

eventlog::Road log_road(store::RejectRoad road) {
  switch (road) {
    case store::RejectRoad::kCallback: return eventlog::Road::kCallback;
    case store::RejectRoad::kEventStream: return eventlog::Road::kEventStream;
    case store::RejectRoad::kPull: return eventlog::Road::kPull;
    case store::RejectRoad::kPost:
    case store::RejectRoad::kImport: break;
  }
  return eventlog::Road::kPost;
}

// Tries elements again, and counts what became of them.
class Retry {
 public:
  Retry(const RejectRetryParts& parts, RejectAid aid)
      : parts_(parts), aid_(std::move(aid)), reader_(parts.registry, parts.random, parts.limits) {}

  // What is stored is dropped here; what is not stays, with the problem that it has now. An error: it could be neither.
  base::Result<void> run(const store::Reject& reject) {
    ++tried_;
    auto unit = reader_.read(reject, aid_);
    if (!unit) {
      TRY(parts_.rejects.set_problem(reject.number, unit.error().message()));
      kept_.emplace_back(reject.number, unit.error().message());
      return {};
    }
    TRY_ASSIGN(const store::UnitOutcome outcome, parts_.log.append_and_wait(*std::move(unit), log_road(reject.road)));
    sum_.accepted += outcome.accepted;
    sum_.duplicates += outcome.duplicates;
    sum_.variants += outcome.variants;
    sum_.dropped += outcome.dropped;
    TRY(parts_.rejects.drop({&reject.number, 1}));
    return {};
  }

  [[nodiscard]] std::string in_json(std::optional<std::uint64_t> after) const {
    std::string body;
    codec::JsonWriter out(body);
    out.begin_object();
    write_number(out, "tried", tried_);
    write_number(out, "accepted", sum_.accepted);
    write_number(out, "duplicates", sum_.duplicates);
    write_number(out, "variants", sum_.variants);
    write_number(out, "dropped", sum_.dropped);
    out.key("kept").begin_array();
    for (const auto& [number, problem] : kept_) {
      out.begin_object();
      write_number(out, "number", number);
      out.member("problem", base::printable(problem)).end_object();
    }
    out.end_array().key("after");
    after ? out.number(static_cast<std::int64_t>(*after)) : out.null();
    out.end_object();
    return body;
  }

 private:
  const RejectRetryParts parts_;
  const RejectAid aid_;
  const RejectReader reader_;
  std::uint64_t tried_ = 0;
  store::UnitOutcome sum_;
  std::vector<std::pair<std::uint64_t, std::string>> kept_;
};

std::string dropped_in_json(std::uint64_t count) {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  write_number(out, "dropped", count);
  out.end_object();
  return body;
}

const std::string& number_of(const Context& context) { return context.path.find("Number")->second; }

ApiResult<http::Response> answer(ApiResult<std::string> body) {
  if (!body) return std::move(body).error();
  return json_response(200, *std::move(body));
}

}  // namespace

ApiResult<std::string> rejects_in_json(std::string_view query_text, const store::Rejects& rejects,
                                       const store::Registry& registry) {
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(query_text, {"WorkspaceSid", "Road", "After", "Limit"}));
  TRY_ASSIGN(const store::RejectQuery query, parse_query(params));
  TRY_ASSIGN(const auto accounts, account_texts(registry));
  TRY_ASSIGN(const auto found, checked(rejects.list(query)));
  TRY_ASSIGN(const auto figures, checked(rejects.figures()));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("rejects").begin_array();
  for (const store::Reject& reject : found) {
    begin_reject(out, reject, accounts);
    out.end_object();
  }
  out.end_array();
  write_figures(out, figures);
  out.key("after");
  const auto after = next_after(found, query);
  after ? out.number(static_cast<std::int64_t>(*after)) : out.null();
  out.end_object();
  return body;
}

ApiResult<std::string> reject_in_json(std::string_view number, const store::Rejects& rejects,
                                      const store::Registry& registry) {
  TRY_ASSIGN(const store::Reject reject, find_reject(number, rejects));
  TRY_ASSIGN(const auto accounts, account_texts(registry));
  std::string body;
  codec::JsonWriter out(body);
  begin_reject(out, reject, accounts);
  const bool is_text = base::is_utf8(reject.body);
  out.key("body");
  is_text ? out.text(reject.body) : out.null();
  out.key("body_base64");
  is_text ? out.null() : out.text(base::to_base64(reject.body));
  out.end_object();
  return body;
}

ApiResult<std::string> retry_in_json(std::string_view number, std::string_view form, const RejectRetryParts& parts) {
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(form, {"AccountSid", "WorkspaceSid"}, "the body"));
  TRY_ASSIGN(const store::Reject reject, find_reject(number, parts.rejects));
  TRY_ASSIGN(RejectAid aid, parse_aid(params, parts.registry));
  Retry retry(parts, std::move(aid));
  TRY(checked(retry.run(reject)));
  return retry.in_json(std::nullopt);
}

ApiResult<std::string> retry_all_in_json(std::string_view form, const RejectRetryParts& parts) {
  TRY_ASSIGN(const QueryParams params,
             QueryParams::parse(form, {"AccountSid", "WorkspaceSid", "After", "Limit"}, "the body"));
  TRY_ASSIGN(RejectAid aid, parse_aid(params, parts.registry));
  // Here the workspace is what is added, and no filter.
  TRY_ASSIGN(store::RejectQuery query, parse_query(params));
  query.workspace.reset();
  TRY_ASSIGN(const auto found, checked(parts.rejects.list(query)));
  Retry retry(parts, std::move(aid));
  for (const store::Reject& reject : found) TRY(checked(retry.run(reject)));
  return retry.in_json(next_after(found, query));
}

ApiResult<std::string> drop_in_json(std::string_view number_text, store::Rejects& rejects) {
  TRY_ASSIGN(const store::Reject reject, find_reject(number_text, rejects));
  TRY_ASSIGN(const std::uint64_t count, checked(rejects.drop({&reject.number, 1})));
  return dropped_in_json(count);
}

ApiResult<std::string> drop_all_in_json(std::string_view query_text, store::Rejects& rejects) {
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(query_text, {"WorkspaceSid", "Road"}));
  TRY_ASSIGN(const store::RejectQuery query, parse_query(params));
  TRY_ASSIGN(const std::uint64_t count, checked(rejects.drop_all(query)));
  return dropped_in_json(count);
}

ApiResult<http::Response> RejectRoutes::list(const Context& context) const {
  return answer(rejects_in_json(context.request.query, parts_.rejects, parts_.registry));
}

ApiResult<http::Response> RejectRoutes::fetch(const Context& context) const {
  return answer(reject_in_json(number_of(context), parts_.rejects, parts_.registry));
}

ApiResult<http::Response> RejectRoutes::retry(const Context& context) const {
  TRY(parse_form_body(context.request, {}));
  return answer(retry_in_json(number_of(context), context.request.body, parts_));
}

ApiResult<http::Response> RejectRoutes::retry_all(const Context& context) const {
  TRY(parse_form_body(context.request, {}));
  return answer(retry_all_in_json(context.request.body, parts_));
}

ApiResult<http::Response> RejectRoutes::drop(const Context& context) const {
  return answer(drop_in_json(number_of(context), parts_.rejects));
}

ApiResult<http::Response> RejectRoutes::drop_all(const Context& context) const {
  return answer(drop_all_in_json(context.request.query, parts_.rejects));
}

}  // namespace waybill::api
