#include "api/form_place.h"

#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace waybill::api {
namespace {

// The account that is named, the only one there is, or the only one that has the workspace.
ApiResult<model::Account> account_of_form(const QueryParams& params, const model::WorkspaceSid& workspace,
                                          const store::Registry& registry) {
  TRY_ASSIGN(const auto accounts, checked(registry.accounts()));
  const auto text = params.text("AccountSid");
  if (!text) {
    std::vector<model::Account> owners;
    for (const model::Account& account : accounts) {
      if (accounts.size() == 1 || registry.find_workspace(account.number, workspace)) owners.push_back(account);
    }
    if (owners.size() == 1) return owners.front();
    if (!owners.empty()) {
      return invalid_parameter("AccountSid: is needed, since " + std::to_string(owners.size()) +
                               " accounts have a workspace " + workspace.to_text());
    }
    return to_api_error(base::not_found("no account has a workspace " + workspace.to_text()));
  }
  const auto sid = model::AccountSid::parse(*text);
  if (!sid) return invalid_parameter("AccountSid: " + base::quoted_for_message(*text) + " " + sid.error().message());
  for (const model::Account& account : accounts) {
    if (account.sid == *sid) return account;
  }
  return to_api_error(base::not_found("there is no account " + sid->to_text()));
}

}  // namespace

ApiResult<NamedWorkspace> place_of_form(const QueryParams& params, const store::Registry& registry) {
  const auto text = params.text("WorkspaceSid");
  if (!text) return invalid_parameter("WorkspaceSid: is missing");
  const auto sid = model::WorkspaceSid::parse(*text);
  if (!sid) return invalid_parameter("WorkspaceSid: " + base::quoted_for_message(*text) + " " + sid.error().message());
  TRY_ASSIGN(model::Account account, account_of_form(params, *sid, registry));
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
