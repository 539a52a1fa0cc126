#include "api/retention.h"

#include <utility>

#include "api/administration.h"
#include "api/form_body.h"
#include "codec/json_writer.h"
#include "store/upkeep_words.h"

namespace waybill::api {

ApiResult<http::Response> RetentionRoutes::set(const Context& context) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context));
  TRY_ASSIGN(const QueryParams params, parse_form_body(context.request, {"Retain"}));
  const auto text = params.text("Retain");
  if (!text) return invalid_parameter("Retain: is missing");
  TRY_ASSIGN(const auto retention, checked(store::parse_own_retention(*text)));
  TRY(checked(upkeep_.set_retention(workspace.number, retention)));
  return answer(context, workspace);
}

ApiResult<http::Response> RetentionRoutes::fetch(const Context& context) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context));
  return answer(context, workspace);
}

ApiResult<http::Response> RetentionRoutes::answer(const Context& context, const model::Workspace& workspace) const {
  TRY_ASSIGN(const model::Account account, account_of_path(context, registry_));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  out.member("account_sid", account.sid.to_text());
  out.member("workspace_sid", workspace.sid_text);
  out.member("retain", store::to_text(upkeep_.retention(workspace.number)));
  out.end_object();
  return json_response(200, std::move(body));
}

ApiResult<model::Workspace> RetentionRoutes::workspace_of_path(const Context& context) const {
  TRY_ASSIGN(const model::Account account, account_of_path(context, registry_));
  const auto sid = model::WorkspaceSid::parse(context.path.find("WorkspaceSid")->second);
  const auto workspace = sid ? registry_.find_workspace(account.number, *sid) : std::nullopt;
  if (!workspace) return resource_not_found(context.request.path);
  return *workspace;
}

}  // namespace waybill::api
