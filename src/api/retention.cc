#include "api/retention.h"

#include <utility>

#include "api/administration.h"
#include "api/form_body.h"
#include "api/removal.h"
#include "codec/json_writer.h"
#include "store/retention_plan.h"
#include "store/upkeep_words.h"

namespace waybill::api {

ApiResult<http::Response> RetentionRoutes::set(const Context& context) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context));
  TRY_ASSIGN(const QueryParams params, parse_form_body(context.request, {"Retain", "Confirm", "DryRun"}));
  const auto text = params.text("Retain");
  if (!text) return invalid_parameter("Retain: is missing");
  TRY_ASSIGN(const auto retention, checked(store::parse_own_retention(*text)));
  TRY_ASSIGN(const bool is_confirmed, form_switch(params, "Confirm"));
  TRY_ASSIGN(const bool is_dry_run, form_switch(params, "DryRun"));
  TRY_ASSIGN(const store::RetentionPlan plan, checked(store::plan_own_retention(upkeep_, workspace.number, retention)));
  if (!is_dry_run) {
    TRY(checked(store::check_confirmed(plan, *text, is_confirmed)));
    TRY(checked(upkeep_.set_retention(workspace.number, retention)));
    logger_.info("retention of a workspace changed", {{"workspace", workspace.sid_text},
                                                      {"retain", store::to_text(retention)},
                                                      {"will_remove", store::to_text(plan.removal)}});
  }
  return answer(context, workspace, plan.removal);
}

ApiResult<http::Response> RetentionRoutes::fetch(const Context& context) const {
  TRY_ASSIGN(const model::Workspace workspace, workspace_of_path(context));
  const store::Retention in_force = upkeep_.retention(workspace.number).value_or(upkeep_.default_retention());
  TRY_ASSIGN(const store::Removal removal, checked(upkeep_.would_expire(workspace.number, in_force)));
  return answer(context, workspace, removal);
}

ApiResult<http::Response> RetentionRoutes::answer(const Context& context, const model::Workspace& workspace,
                                                  const store::Removal& removal) const {
  TRY_ASSIGN(const model::Account account, account_of_path(context, registry_));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  out.member("account_sid", account.sid.to_text());
  out.member("workspace_sid", workspace.sid_text);
  out.member("retain", store::to_text(upkeep_.retention(workspace.number)));
  out.key("older");
  write_removal(out, removal);
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
