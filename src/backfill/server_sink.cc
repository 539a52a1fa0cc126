#include "backfill/server_sink.h"

#include <chrono>
#include <optional>
#include <utility>

#include "backfill/proven.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"
#include "http/url.h"

namespace waybill::backfill {
namespace {

using base::Result;
using codec::CheckedJson;
using codec::MemberScanner;

constexpr std::size_t kAnswerNestingMax = 16;
constexpr const char* kCompleteness = "/Completeness";
// By the rules of others' roads; an event without a sid would be another one each time it is pulled.
constexpr const char* kEventsOfOthers = "/Events?Unknown=keep&Sids=required";
constexpr const char* kJson = "application/json";

std::optional<CheckedJson> find(CheckedJson object, std::string_view name) {
  if (!object.is_object()) return std::nullopt;
  for (MemberScanner scan(object); scan.next();) {
    if (scan.name() == name) return scan.value();
  }
  return std::nullopt;
}

std::optional<std::int64_t> find_number(CheckedJson object, std::string_view name) {
  const auto value = find(object, name);
  return value ? value->integer() : std::nullopt;
}

// The times of a pull; nothing if one of them is missing.
std::optional<store::Pull> pull_of(CheckedJson value) {
  const auto from = find_number(value, "from");
  const auto to = find_number(value, "to");
  const auto asked = find_number(value, "asked");
  if (!from || !to || !asked) return std::nullopt;
  const store::LedgerSubject nobody{{}, model::WorkspaceSid(model::SidBytes{})};
  return store::Pull{.subject = nobody,
                     .from = base::from_ms(*from),
                     .to = base::from_ms(*to),
                     .asked = base::from_ms(*asked),
                     .source = {},
                     .events = 0,
                     .settled = std::chrono::milliseconds(find_number(value, "settled").value_or(0)),
                     .asked_last = base::from_ms(find_number(value, "asked_last").value_or(*asked))};
}

base::Error refused(const http::Response& response) {
  constexpr int kBadRequest = 400;
  constexpr int kTooLarge = 413;
  const std::string message = "the server answered " + message_of(response);
  if (response.status == kBadRequest) return base::invalid_argument(message);
  if (response.status == kTooLarge) return base::too_large(message);
  return base::unavailable(message);
}

}  // namespace

Result<std::unique_ptr<ServerSink>> ServerSink::open(const std::string& url, const std::string& workspace_sid,
                                                     CallOptions options, const CallParts& parts) {
  TRY(http::parse_url(url));
  std::string base_url = url;
  while (base_url.ends_with('/')) base_url.pop_back();
  return std::unique_ptr<ServerSink>(
      new ServerSink(base_url + "/v1/Workspaces/" + workspace_sid, std::move(options), parts));
}

ServerSink::ServerSink(std::string workspace_url, CallOptions options, const CallParts& parts)
    : workspace_url_(std::move(workspace_url)), client_(std::move(options), parts) {}

Result<http::Response> ServerSink::send(http::Method method, const std::string& place, const std::string& type,
                                        const std::string& body) {
  std::vector<http::Header> headers;
  if (!type.empty()) headers.push_back({"Content-Type", type});
  TRY_ASSIGN(Answer answer, client_.send({method, workspace_url_ + place, std::move(headers), body},
                                         [](const http::Response&) { return std::nullopt; }));
  return std::move(answer.response);
}

Result<Spans> ServerSink::proven(std::chrono::seconds settle) {
  TRY_ASSIGN(const http::Response response, send(http::Method::kGet, kCompleteness, "", ""));
  if (response.status != 200) return refused(response);
  codec::JsonChecker checker;
  TRY_ASSIGN(const CheckedJson body, checker.check(response.body, kAnswerNestingMax));
  const auto list = find(body, "pulls");
  if (!list || !list->is_array()) return base::unavailable("the server's answer has no list of pulls");
  std::vector<store::Pull> pulls;
  for (codec::ElementScanner element(*list); element.next();) {
    auto pull = pull_of(element.value());
    if (!pull) return base::unavailable("the server's answer has a pull without its times");
    pulls.push_back(*std::move(pull));
  }
  return proven_seconds(pulls, settle);
}

Result<StoredLines> ServerSink::store(const std::string& lines) {
  TRY_ASSIGN(const http::Response response, send(http::Method::kPost, kEventsOfOthers, "application/x-ndjson", lines));
  if (response.status != 201) return refused(response);
  codec::JsonChecker checker;
  TRY_ASSIGN(const CheckedJson body, checker.check(response.body, kAnswerNestingMax));
  const auto count = [&](std::string_view name) {
    return static_cast<std::uint32_t>(find_number(body, name).value_or(0));
  };
  return StoredLines{{count("accepted"), count("duplicates"), count("variants"), count("dropped")}, count("rejected")};
}

Result<void> ServerSink::record_pull(const PullNote& pull) {
  std::string json;
  codec::JsonWriter out(json);
  out.begin_object().key("from").number(base::to_ms(first_moment(pull.span)));
  out.key("to").number(base::to_ms(last_moment(pull.span)));
  out.key("asked").number(base::to_ms(pull.asked));
  out.member("source", pull.source);
  out.key("events").number(static_cast<std::int64_t>(pull.events)).end_object();
  return post(std::string(kCompleteness) + "/Pulls", json);
}

Result<void> ServerSink::record_gap(const Span& span, const std::string& detail) {
  std::string json;
  codec::JsonWriter out(json);
  out.begin_object().key("from").number(base::to_ms(first_moment(span)));
  out.key("to").number(base::to_ms(last_moment(span)));
  out.member("reason", "unreachable").member("detail", detail).end_object();
  return post(std::string(kCompleteness) + "/Gaps", json);
}

Result<void> ServerSink::post(const std::string& place, const std::string& json) {
  TRY_ASSIGN(const http::Response response, send(http::Method::kPost, place, kJson, json));
  if (response.status < 200 || response.status > 299) return refused(response);
  return {};
}

}  // namespace waybill::backfill
