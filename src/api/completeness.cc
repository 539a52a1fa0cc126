#include "api/completeness.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "api/query_params.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"
#include "ledger/recorder.h"
#include "ledger/words.h"

namespace waybill::api {
namespace {

using base::WallTime;
using codec::CheckedJson;
using codec::JsonWriter;

constexpr std::size_t kTextBytesMax = 1024;
constexpr std::size_t kNestingMax = 4;

ApiResult<store::LedgerSubject> subject_of_path(const Context& context) {
  const auto sid = model::WorkspaceSid::parse(context.path.find("WorkspaceSid")->second);
  if (!sid) return resource_not_found(context.request.path);
  return store::LedgerSubject{context.account->number, *sid};
}

// A time far off is shown as the nearest one that has a four-digit year.
std::string time_text(WallTime time) {
  return base::to_millisecond_text(std::clamp(time, base::kTimeMin, base::kTimeMax));
}

void write_time_or_null(JsonWriter& out, std::string_view name, const std::optional<WallTime>& time) {
  out.key(name);
  if (time) {
    out.text(time_text(*time));
  } else {
    out.null();
  }
}

void write_reasons(JsonWriter& out, const ledger::Span& span) {
  out.key("reasons").begin_array();
  for (const store::Gap& gap : span.reasons) {
    out.begin_object().member("reason", ledger::to_text(gap.reason)).member("detail", gap.detail).end_object();
  }
  if (span.state == ledger::State::kOpen && span.reasons.empty()) {
    out.begin_object().member("reason", "not_pulled").member("detail", "no pull has asked for it").end_object();
  }
  out.end_array();
}

void write_span(JsonWriter& out, const ledger::Span& span) {
  out.begin_object();
  write_time_or_null(out, "from", span.from);
  write_time_or_null(out, "to", span.to);
  out.member("state", ledger::to_text(span.state));
  out.key("sources").begin_array();
  for (const std::string& source : span.sources) out.text(source);
  out.end_array();
  write_time_or_null(out, "date_asked", span.asked);
  out.key("roads").begin_array();
  for (const store::FeedRoad road : span.roads) out.text(ledger::to_text(road));
  out.end_array();
  write_reasons(out, span);
  out.end_object();
}

// What the server pulls by itself of the workspace, and since when.
void write_pulling(JsonWriter& out, const Pulling& pulling, const model::WorkspaceSid& workspace, WallTime now) {
  const std::string sid = workspace.to_text();
  const bool is_pulled =
      !pulling.upstream.empty() && (pulling.workspaces.empty() ||
                                    std::any_of(pulling.workspaces.begin(), pulling.workspaces.end(),
                                                [&](const auto& one) { return base::equals_ignoring_case(one, sid); }));
  out.key("upstream");
  is_pulled ? out.text(pulling.upstream) : out.null();
  write_time_or_null(out, "upstream_since", is_pulled ? std::optional(now - pulling.look_back) : std::nullopt);
}

// The facts carry their times as numbers, as who told them did.
void write_pulls(JsonWriter& out, const std::vector<store::Pull>& pulls) {
  out.key("pulls").begin_array();
  for (const store::Pull& pull : pulls) {
    out.begin_object();
    out.key("from").number(base::to_ms(pull.from)).key("to").number(base::to_ms(pull.to));
    out.key("asked").number(base::to_ms(pull.asked)).key("asked_last").number(base::to_ms(pull.asked_last));
    out.key("settled").number(pull.settled.count());
    out.member("source", pull.source);
    out.key("events").number(static_cast<std::int64_t>(pull.events)).end_object();
  }
  out.end_array();
}

void write_gaps(JsonWriter& out, const std::vector<store::Gap>& gaps) {
  out.key("gaps").begin_array();
  for (const store::Gap& gap : gaps) {
    out.begin_object();
    out.key("from").number(base::to_ms(gap.from)).key("to").number(base::to_ms(gap.to));
    out.member("reason", ledger::to_text(gap.reason)).member("detail", gap.detail).end_object();
  }
  out.end_array();
}

void write_feeds(JsonWriter& out, const std::vector<store::Feed>& feeds) {
  out.key("feeds").begin_array();
  for (const store::Feed& feed : feeds) {
    out.begin_object().member("road", ledger::to_text(feed.road));
    out.key("first").number(base::to_ms(feed.first)).key("last").number(base::to_ms(feed.last));
    out.key("events").number(static_cast<std::int64_t>(feed.events)).end_object();
  }
  out.end_array();
}

// The members of a JSON body, by name. Whatever it asked for and did not get is an error that names the member.
class JsonBody {
 public:
  // Refuses what is no object, members that are not in `known`, and one that stands there twice.
  static ApiResult<JsonBody> read(const http::Request& request, std::initializer_list<std::string_view> known) {
    const std::string_view header = request.header("Content-Type").value_or("");
    if (base::to_lower(base::trim(base::split(header, ';').front())) != "application/json") {
      return ApiError{415, 20415, "Content-Type: " + base::quoted_for_message(header) + " is not application/json"};
    }
    JsonBody body;
    TRY_ASSIGN(body.json_, checked(body.checker_.check(request.body, kNestingMax)));
    if (!body.json_.is_object()) return invalid_parameter("the body: must be a JSON object");
    std::set<std::string> seen;
    for (codec::MemberScanner scan(body.json_); scan.next();) {
      const std::string name(scan.name());
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return invalid_parameter(base::quoted_for_message(name) + ": is no member of this body");
      }
      if (!seen.insert(name).second) return invalid_parameter(name + ": is given twice");
    }
    return body;
  }

  [[nodiscard]] ApiResult<WallTime> time(std::string_view name) const {
    TRY_ASSIGN(const std::int64_t ms, number(name));
    if (ms < base::to_ms(base::kTimeMin) || ms > base::to_ms(base::kTimeMax)) {
      return invalid_parameter(std::string(name) + ": lies outside the years 0000 to 9999");
    }
    return base::from_ms(ms);
  }

  [[nodiscard]] ApiResult<std::int64_t> number(std::string_view name) const {
    const auto value = find(name);
    if (!value) return invalid_parameter(std::string(name) + ": is missing");
    const auto number = value->integer();
    if (!number) return invalid_parameter(std::string(name) + ": must be a whole number");
    return *number;
  }

  [[nodiscard]] ApiResult<std::string> text(std::string_view name) const {
    const auto value = find(name);
    if (!value) return invalid_parameter(std::string(name) + ": is missing");
    auto text = value->string();
    if (!text || text->empty() || text->size() > kTextBytesMax) {
      return invalid_parameter(std::string(name) + ": must be a text of 1 to " + std::to_string(kTextBytesMax) +
                               " bytes");
    }
    return *std::move(text);
  }

 private:
  [[nodiscard]] std::optional<CheckedJson> find(std::string_view name) const {
    for (codec::MemberScanner scan(json_); scan.next();) {
      if (scan.name() == name) return scan.value();
    }
    return std::nullopt;
  }

  codec::JsonChecker checker_;  // keeps the text that json_ looks at
  CheckedJson json_;
};

http::Response recorded() { return json_response(201, R"({"recorded":true})"); }

// Marks of one workspace, a sample for each.
void write_samples(std::string (&families)[2], const std::string& labels, const ledger::Gauge& gauge) {
  if (gauge.complete_through) {
    families[0] += "waybill_complete_through_timestamp_seconds{" + labels + "} " +
                   std::to_string(base::to_ms(*gauge.complete_through) / 1000) + "\n";
  }
  families[1] += "waybill_open_spans_seconds{" + labels + "} " + std::to_string(gauge.open.count() / 1000) + "\n";
}

constexpr const char* kFamilyHeads[2] = {
    "# HELP waybill_complete_through_timestamp_seconds The end of the first run of proven spans; absent until a pull "
    "has "
    "proven something.\n# TYPE waybill_complete_through_timestamp_seconds gauge\n",
    "# HELP waybill_open_spans_seconds Length of all spans that have settled and of which events may be missing.\n"
    "# TYPE waybill_open_spans_seconds gauge\n"};

constexpr const char* kUnreadableHead =
    "# HELP waybill_ledger_unreadable Workspaces whose ledger could not be read, which the two above lack.\n"
    "# TYPE waybill_ledger_unreadable gauge\nwaybill_ledger_unreadable ";

}  // namespace

ApiResult<http::Response> CompletenessRoutes::fetch(const Context& context) const {
  TRY_ASSIGN(const store::LedgerSubject subject, subject_of_path(context));
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(context.request.query, {"From"}));
  ledger::Question question{context.now, settling_, {}};
  if (const auto from = params.text("From")) {
    auto span = base::parse_time(*from);
    if (!span) return invalid_parameter("From: " + base::quoted_for_message(*from) + " " + span.error().message());
    question.from = span->first;
  }
  const ledger::Facts waiting = feeds_ == nullptr ? ledger::Facts() : feeds_->waiting(subject);
  TRY_ASSIGN(ledger::Facts written, checked(ledger::read_facts(ledger_, subject)));
  const ledger::Facts facts = ledger::with_waiting(std::move(written), waiting);
  const auto workspace = registry_.find_workspace(subject.account, subject.workspace);
  const bool is_known =
      workspace || !facts.pulls.empty() || !facts.feeds.empty() ||
      std::any_of(facts.gaps.begin(), facts.gaps.end(), [](const store::Gap& gap) { return gap.subject.has_value(); });
  // A puller asks about a workspace before it brings the first event.
  const ledger::Completeness known = is_known ? ledger::completeness(facts, question) : ledger::Completeness{};
  std::string body;
  JsonWriter out(body);
  out.begin_object();
  out.member("account_sid", context.account->sid.to_text());
  out.member("workspace_sid", workspace ? workspace->sid_text : context.path.find("WorkspaceSid")->second);
  write_time_or_null(out, "date_generated", context.now);
  out.key("settling_seconds").number(std::chrono::duration_cast<std::chrono::seconds>(settling_).count());
  write_time_or_null(out, "settled_through", context.now - settling_);
  write_time_or_null(out, "complete_from", known.complete_from);
  write_time_or_null(out, "complete_through", known.complete_through);
  write_pulling(out, pulling_, subject.workspace, context.now);
  out.key("spans").begin_array();
  for (const ledger::Span& span : known.spans) write_span(out, span);
  out.end_array();
  write_pulls(out, facts.pulls);
  write_gaps(out, facts.gaps);
  write_feeds(out, facts.feeds);
  out.end_object();
  return json_response(200, std::move(body));
}

ApiResult<http::Response> CompletenessRoutes::record_pull(const Context& context) const {
  TRY_ASSIGN(const store::LedgerSubject subject, subject_of_path(context));
  TRY_ASSIGN(const JsonBody body, JsonBody::read(context.request, {"from", "to", "asked", "source", "events"}));
  TRY_ASSIGN(const WallTime from, body.time("from"));
  TRY_ASSIGN(const WallTime to, body.time("to"));
  TRY_ASSIGN(const WallTime asked, body.time("asked"));
  TRY_ASSIGN(const std::string source, body.text("source"));
  TRY_ASSIGN(const std::int64_t events, body.number("events"));
  if (events < 0) return invalid_parameter("events: must not be negative");
  // The puller's clock may run ahead of ours, and what is not asked yet proves nothing.
  const store::Pull pull{subject, from, to, std::min(asked, context.now), source, static_cast<std::uint64_t>(events)};
  TRY(check_early(subject));
  TRY(checked(ledger_.record_pull(pull, store::Teller::kClient)));
  return recorded();
}

ApiResult<http::Response> CompletenessRoutes::record_gap(const Context& context) const {
  TRY_ASSIGN(const store::LedgerSubject subject, subject_of_path(context));
  TRY_ASSIGN(const JsonBody body, JsonBody::read(context.request, {"from", "to", "reason", "detail"}));
  store::Gap gap;
  gap.subject = subject;
  TRY_ASSIGN(gap.from, body.time("from"));
  TRY_ASSIGN(gap.to, body.time("to"));
  TRY_ASSIGN(const std::string reason, body.text("reason"));
  if (reason == ledger::to_text(store::GapReason::kUnreachable)) {
    gap.reason = store::GapReason::kUnreachable;
  } else if (reason == ledger::to_text(store::GapReason::kRefused)) {
    gap.reason = store::GapReason::kRefused;
  } else {
    return invalid_parameter("reason: " + base::quoted_for_message(reason) + " is neither unreachable nor refused");
  }
  TRY_ASSIGN(gap.detail, body.text("detail"));
  TRY(check_early(subject));
  TRY(checked(ledger_.record_gap(gap, store::Teller::kClient)));
  return recorded();
}

// Refuses one more workspace of which no event is here, once there are many.
ApiResult<void> CompletenessRoutes::check_early(const store::LedgerSubject& subject) const {
  if (registry_.find_workspace(subject.account, subject.workspace)) return {};
  TRY_ASSIGN(const std::vector<store::SubjectChanges> known, checked(ledger_.changes()));
  std::size_t early = 0;
  for (const store::SubjectChanges& one : known) {
    if (one.subject == subject) return {};
    if (one.subject.account != subject.account) continue;
    if (!registry_.find_workspace(one.subject.account, one.subject.workspace)) ++early;
  }
  if (early < kEarlyWorkspacesMax) return {};
  return to_api_error(base::too_large("no event of this workspace is here, and the ledger of this account knows " +
                                      std::to_string(kEarlyWorkspacesMax) +
                                      " such workspaces already (limit early_workspaces_max)"));
}

// What cannot be read is left out and counted: whoever looks at the metrics then needs the others most.
std::string CompletenessRoutes::metrics(const Context& context) {
  std::string families[2] = {kFamilyHeads[0], kFamilyHeads[1]};
  const auto accounts = registry_.accounts();
  const auto seen = gauges_.look(context.now);
  std::map<model::AccountNumber, std::string> sids;
  for (const model::Account& account : accounts.value_or(std::vector<model::Account>())) {
    sids.emplace(account.number, account.sid.to_text());
  }
  for (const ledger::Gauge& gauge : seen ? seen->gauges : std::vector<ledger::Gauge>()) {
    const auto account = sids.find(gauge.subject.account);
    if (account == sids.end()) continue;
    write_samples(families,
                  "account=\"" + account->second + "\",workspace=\"" + gauge.subject.workspace.to_text() + "\"", gauge);
  }
  const std::size_t unreadable = accounts && seen ? seen->unreadable : 1;
  return families[0] + families[1] + kUnreadableHead + std::to_string(unreadable) + "\n";
}

}  // namespace waybill::api
