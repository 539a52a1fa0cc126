#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "cli/json_member.h"
#include "cli/known_spans.h"
#include "cli/server_client.h"
#include "http/url.h"

namespace waybill::cli {
namespace {

using base::Result;
using base::WallTime;
using codec::CheckedJson;

base::Error misses(const std::string& what) { return base::unavailable("the server's answer has no " + what); }

std::optional<WallTime> find_time(const CheckedJson& json, std::string_view name) {
  const auto span = base::parse_time(text_member(json, name));
  return span ? std::optional(span->first) : std::nullopt;
}

std::vector<CheckedJson> elements(const CheckedJson& json, std::string_view name) {
  std::vector<CheckedJson> out;
  const auto list = find_member(json, name);
  if (!list || !list->is_array()) return out;
  for (codec::ElementScanner scan(*list); scan.next();) out.push_back(scan.value());
  return out;
}

std::string by_text(const CheckedJson& span, const std::string& state) {
  std::string out;
  const auto add = [&](const std::string& word) { out += (out.empty() ? "" : ", ") + word; };
  if (state == "proven") {
    for (const CheckedJson& source : elements(span, "sources")) add(source.string().value_or(""));
  } else if (state == "claimed") {
    for (const CheckedJson& road : elements(span, "roads")) add(road.string().value_or(""));
  } else {
    for (const CheckedJson& why : elements(span, "reasons")) {
      add(text_member(why, "reason") + ": " + text_member(why, "detail"));
    }
  }
  return out;
}

bool has_reason(const CheckedJson& span, std::string_view reason) {
  for (const CheckedJson& why : elements(span, "reasons")) {
    if (text_member(why, "reason") == reason) return true;
  }
  return false;
}

std::int64_t integer_member(const CheckedJson& json, std::string_view name) {
  const auto value = find_member(json, name);
  return value ? value->integer().value_or(0) : 0;
}

// Where the newest pull came from that can be asked again.
std::string newest_source(const CheckedJson& body) {
  std::string newest;
  std::int64_t newest_asked = 0;
  for (const CheckedJson& pull : elements(body, "pulls")) {
    const std::string source = text_member(pull, "source");
    const std::int64_t asked = std::max(integer_member(pull, "asked"), integer_member(pull, "asked_last"));
    if (!is_url(source) || (!newest.empty() && asked <= newest_asked)) continue;
    newest = source;
    newest_asked = asked;
  }
  return newest;
}

Result<KnownWorkspace> read_workspace(const CheckedJson& body) {
  KnownWorkspace out;
  out.account_sid = text_member(body, "account_sid");
  out.workspace_sid = text_member(body, "workspace_sid");
  const auto settled = find_time(body, "settled_through");
  if (!settled) return misses("settled_through");
  out.settled_through = *settled;
  out.complete_from = find_time(body, "complete_from");
  out.complete_through = find_time(body, "complete_through");
  if (out.complete_from.has_value() != out.complete_through.has_value()) return misses("complete_from");
  for (const CheckedJson& span : elements(body, "spans")) {
    const auto from = find_time(span, "from");
    const auto to = find_time(span, "to");
    if (!from || !to) return misses("times of a span");
    std::string state = text_member(span, "state");
    std::string by = by_text(span, state);
    const bool is_unreachable = has_reason(span, "unreachable");
    out.spans.push_back({*from, *to, std::move(state), std::move(by), is_unreachable});
  }
  out.settling = std::chrono::seconds(integer_member(body, "settling_seconds"));
  out.pulled_from = newest_source(body);
  out.server_upstream = text_member(body, "upstream");
  out.server_pulls_since = find_time(body, "upstream_since");
  return out;
}

Result<std::vector<std::string>> workspace_sids(ServerClient& client) {
  std::vector<std::string> sids;
  std::string next = "/v1/Workspaces?PageSize=1000";
  while (!next.empty()) {
    TRY_ASSIGN(const CheckedJson body, client.get(next));
    for (const CheckedJson& workspace : elements(body, "workspaces")) sids.push_back(text_member(workspace, "sid"));
    const auto meta = find_member(body, "meta");
    next = meta ? text_member(*meta, "next_page_url") : std::string();
  }
  return sids;
}

}  // namespace

Result<std::vector<KnownWorkspace>> known_by_server(const GapsOptions& options, const Process& process) {
  TRY_ASSIGN(const auto client, ServerClient::open_as_account(options.url, process));
  std::vector<std::string> sids = {options.workspace_sid};
  if (options.workspace_sid.empty()) {
    TRY_ASSIGN(sids, workspace_sids(*client));
  }
  std::vector<KnownWorkspace> out;
  for (const std::string& sid : sids) {
    TRY_ASSIGN(const CheckedJson body, client->get("/v1/Workspaces/" + http::percent_encode(sid) + "/Completeness"));
    TRY_ASSIGN(KnownWorkspace known, read_workspace(body));
    if (known.spans.empty() && !options.workspace_sid.empty()) {
      TRY_ASSIGN(const http::Response there,
                 client->send(http::Method::kGet, "/v1/Workspaces/" + http::percent_encode(sid)));
      if (there.status == 404) return no_such_workspace(sid, "this account of " + options.url);
    }
    out.push_back(std::move(known));
  }
  return out;
}

}  // namespace waybill::cli
