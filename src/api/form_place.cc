#include "api/form_place.h"

#include <string>
#include <utility>

#include "base/strings.h"

namespace waybill::api {
namespace {

// The account that is named, or the only one there is.
ApiResult<model::Account> account_of_form(const QueryParams& params, const store::Registry& registry) {
  TRY_ASSIGN(const auto accounts, checked(registry.accounts()));
  const auto text = params.text("AccountSid");
  if (!text && accounts.size() == 1) return accounts.front();
  if (!text) return invalid_parameter("AccountSid: is needed where there is more than one account");
  const auto sid = model::AccountSid::parse(*text);
  if (!sid) return invalid_parameter("AccountSid: " + base::quoted_for_message(*text) + " " + sid.error().message());
  for (const model::Account& account : accounts) {
    if (account.sid == *sid) return account;
  }
  return to_api_error(base::not_found("there is no account " + sid->to_text()));
}

}  // namespace

ApiResult<NamedWorkspace> place_of_form(const QueryParams& params, const store::Registry& registry) {
  TRY_ASSIGN(model::Account account, account_of_form(params, registry));
  const auto text = params.text("WorkspaceSid");
  if (!text) return invalid_parameter("WorkspaceSid: is missing");
  const auto sid = model::WorkspaceSid::parse(*text);
  if (!sid) return invalid_parameter("WorkspaceSid: " + base::quoted_for_message(*text) + " " + sid.error().message());
  auto workspace = registry.find_workspace(account.number, *sid);
  if (!workspace) {
    return to_api_error(
        base::not_found("there is no workspace " + sid->to_text() + " in account " + account.sid.to_text()));
  }
  return NamedWorkspace{std::move(account), *std::move(workspace)};
}

ApiResult<std::map<model::WorkspaceNumber, NamedWorkspace>> all_places(const store::Registry& registry) {
  TRY_ASSIGN(const auto accounts, checked(registry.accounts()));
  std::map<model::WorkspaceNumber, NamedWorkspace> places;
  for (const model::Account& account : accounts) {
    for (const model::Workspace& workspace : registry.workspaces(account.number)) {
      places.emplace(workspace.number, NamedWorkspace{account, workspace});
    }
  }
  return places;
}

}  // namespace waybill::api
