#include "api/workspaces.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "api/events.h"
#include "api/page_meta.h"
#include "api/page_token.h"
#include "api/query_params.h"
#include "base/check.h"
#include "base/time_text.h"
#include "codec/json_writer.h"

namespace waybill::api {
namespace {

using WorkspaceList = std::vector<model::Workspace>;

constexpr std::pair<std::string_view, std::string_view> kLinks[] = {
    {"activities", "/Activities"},  {"cumulative_statistics", "/CumulativeStatistics"},
    {"events", "/Events"},          {"real_time_statistics", "/RealTimeStatistics"},
    {"statistics", "/Statistics"},  {"task_channels", "/TaskChannels"},
    {"task_queues", "/TaskQueues"}, {"tasks", "/Tasks"},
    {"workers", "/Workers"},        {"workflows", "/Workflows"},
};

void write_workspace(codec::JsonWriter& out, const model::Workspace& workspace, const Context& context) {
  const std::string url = context.public_base + "/v1/Workspaces/" + workspace.sid_text;
  const std::string created = base::to_second_text(workspace.created);
  out.begin_object();
  out.member("account_sid", context.account->sid.to_text());
  out.member("date_created", created);
  out.member("date_updated", created);
  out.key("default_activity_name").null();
  out.key("default_activity_sid").null();
  out.key("event_callback_url").null();
  out.key("events_filter").null();
  out.member("friendly_name", workspace.friendly_name);
  out.key("links").begin_object();
  for (const auto& [name, path] : kLinks) out.member(name, url + std::string(path));
  out.end_object();
  out.key("multi_task_enabled").boolean(true);
  out.key("prioritize_queue_order").text("FIFO");
  out.member("sid", workspace.sid_text);
  out.key("timeout_activity_name").null();
  out.key("timeout_activity_sid").null();
  out.member("url", url);
  out.end_object();
}

// A page of the list: [first, last).
struct Cut {
  std::size_t first = 0;
  std::size_t last = 0;
};

// Tokens are PA or PB and the sid of the workspace at the page's end, as the hosted service writes them.
ApiResult<Cut> cut_page(const WorkspaceList& all, const Paging& paging) {
  const std::size_t size = paging.page_size;
  const std::string& token = paging.page_token;
  if (token.empty()) return Cut{0, std::min(size, all.size())};
  const bool after = token.starts_with("PA");
  const auto sid = model::WorkspaceSid::parse(std::string_view(token).substr(std::min<std::size_t>(2, token.size())));
  const auto at = std::find_if(all.begin(), all.end(), [&](const model::Workspace& w) { return sid && w.sid == *sid; });
  if ((!after && !token.starts_with("PB")) || at == all.end()) return invalid_page_token();
  const auto index = static_cast<std::size_t>(at - all.begin());
  if (after) return Cut{index + 1, std::min(index + 1 + size, all.size())};
  return Cut{index - std::min(size, index), index};
}

}  // namespace

ApiResult<http::Response> Workspaces::list(const Context& context) const {
  TRY_ASSIGN(std::optional<http::Response> response, list(context, Effort::kAll));
  CHECK(response.has_value());
  return *std::move(response);
}

ApiResult<std::optional<http::Response>> Workspaces::list(const Context& context, Effort effort) const {
  TRY_ASSIGN(const QueryParams params,
             QueryParams::parse(context.request.query, {"FriendlyName", "PageSize", "Page", "PageToken"}));
  TRY_ASSIGN(const Paging paging, parse_paging(params));
  WorkspaceList all = registry_.workspaces(context.account->number);
  PageMeta meta;
  if (const auto name = params.text("FriendlyName")) {
    std::erase_if(all, [&](const model::Workspace& workspace) { return workspace.friendly_name != *name; });
    meta.filters.emplace_back("FriendlyName", *name);
  }
  TRY_ASSIGN(const Cut cut, cut_page(all, paging));
  if (effort == Effort::kLittle && cut.last - cut.first > kLittleItems) return std::optional<http::Response>();
  meta.list_url = context.public_base + "/v1/Workspaces";
  meta.key = "workspaces";
  meta.page_size = paging.page_size;
  meta.page = paging.page;
  meta.page_token = paging.page_token;
  if (cut.last < all.size() && cut.last > 0) meta.next_token = "PA" + all[cut.last - 1].sid_text;
  if (cut.first > 0 && cut.first < all.size()) meta.previous_token = "PB" + all[cut.first].sid_text;

  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("meta");
  write_page_meta(out, meta);
  out.key("workspaces").begin_array();
  for (std::size_t i = cut.first; i < cut.last; ++i) write_workspace(out, all[i], context);
  out.end_array().end_object();
  return std::optional(json_response(200, std::move(body)));
}

ApiResult<http::Response> Workspaces::fetch(const Context& context) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context, registry_));
  std::string body;
  codec::JsonWriter out(body);
  write_workspace(out, workspace, context);
  return json_response(200, std::move(body));
}

}  // namespace waybill::api
