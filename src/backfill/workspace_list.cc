#include "backfill/workspace_list.h"

#include <optional>
#include <set>
#include <utility>

#include "backfill/page.h"
#include "codec/json_scan.h"
#include "http/url.h"
#include "model/sid.h"

namespace waybill::backfill {
namespace {

using base::Result;
using codec::CheckedJson;
using codec::MemberScanner;

constexpr std::size_t kListNestingMax = 32;

struct ListPage {
  std::vector<UpstreamWorkspace> workspaces;
  std::optional<std::string> next_url;
};

base::Error no_list(std::string_view what) {
  return base::unavailable("its answer is no list of workspaces: " + std::string(what));
}

// What is no workspace in the list is left out: a pull of it could only fail.
std::optional<UpstreamWorkspace> read_workspace(CheckedJson json) {
  if (!json.is_object()) return std::nullopt;
  UpstreamWorkspace workspace;
  for (MemberScanner scan(json); scan.next();) {
    if (scan.name() == "sid") workspace.sid = scan.value().string().value_or("");
    if (scan.name() == "friendly_name") workspace.friendly_name = scan.value().string().value_or("");
  }
  if (!model::WorkspaceSid::parse(workspace.sid)) return std::nullopt;
  return workspace;
}

void read_meta(CheckedJson meta, ListPage& page) {
  if (!meta.is_object()) return;
  for (MemberScanner scan(meta); scan.next();) {
    if (scan.name() == "next_page_url") page.next_url = scan.value().string();
  }
}

Result<ListPage> parse_list(std::string_view body) {
  codec::JsonChecker checker;
  const auto checked = checker.check(body, kListNestingMax);
  if (!checked) return no_list(checked.error().message());
  if (!checked->is_object()) return no_list("it is no JSON object");
  ListPage page;
  bool has_workspaces = false;
  for (MemberScanner scan(*checked); scan.next();) {
    if (scan.name() == "meta") read_meta(scan.value(), page);
    if (scan.name() != "workspaces") continue;
    if (!scan.value().is_array()) return no_list("its workspaces are no array");
    has_workspaces = true;
    for (codec::ElementScanner element(scan.value()); element.next();) {
      if (auto workspace = read_workspace(element.value())) page.workspaces.push_back(*std::move(workspace));
    }
  }
  if (!has_workspaces) return no_list("it has no workspaces");
  return page;
}

}  // namespace

base::Error upstream_refusal(const std::string& upstream, const http::Response& response) {
  const std::string what = upstream + " answered " + message_of(response);
  if (response.status == 401 || response.status == 403) {
    return base::unavailable(
        what +
        "; it does not take the upstream's credentials: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or TWILIO_API_KEY "
        "and TWILIO_API_SECRET");
  }
  if (response.status == 404) return base::not_found(what);
  if (response.status >= 300 && response.status < 400) {
    return base::unavailable(what + "; a redirection is not followed");
  }
  return base::invalid_argument(what);
}

Result<std::vector<UpstreamWorkspace>> list_workspaces(PatientClient& client, const std::string& url) {
  TRY_ASSIGN(const http::Url place, http::parse_url(url));
  const std::string name = place.scheme + "://" + place.authority;
  std::string base_url = url;
  while (base_url.ends_with('/')) base_url.pop_back();
  std::string next = base_url + "/v1/Workspaces?PageSize=1000";
  std::vector<UpstreamWorkspace> out;
  std::set<std::string> seen;
  while (!next.empty()) {
    ListPage page;
    const auto answer = client.send({http::Method::kGet, next, {{"Accept", "application/json"}}, ""},
                                    [&](const http::Response& response) -> std::optional<base::Error> {
                                      auto parsed = parse_list(response.body);
                                      if (!parsed) return parsed.error();
                                      page = *std::move(parsed);
                                      return std::nullopt;
                                    });
    if (!answer) return answer.error().while_doing(name);
    if (answer->response.status != 200) return upstream_refusal(name, answer->response);
    const std::size_t before = out.size();
    for (UpstreamWorkspace& workspace : page.workspaces) {
      if (seen.insert(workspace.sid).second) out.push_back(std::move(workspace));
    }
    if (out.size() > kWorkspacesMax) return base::unavailable(name + ": its list of workspaces does not end");
    // A page that brings nothing new is one of a list that turns in a circle.
    if (out.size() == before || !page.next_url) break;
    next = continuation_of(next, *page.next_url).value_or("");
    if (next.empty()) return base::unavailable(name + ": the next page of its workspaces is none of that list");
  }
  return out;
}

}  // namespace waybill::backfill
