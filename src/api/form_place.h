#pragma once

#include <map>

#include "api/error_response.h"
#include "api/query_params.h"
#include "model/workspace.h"
#include "store/event_store.h"

namespace waybill::api {

// A workspace with the account it belongs to.
struct NamedWorkspace {
  model::Account account;
  model::Workspace workspace;
};

// The workspace that a form names with WorkspaceSid, of the account that it names with AccountSid, or of the only one
// there is. 400/20001 for a malformed or missing sid, 404 for one that is not there.
ApiResult<NamedWorkspace> place_of_form(const QueryParams& params, const store::Registry& registry);

// All workspaces there are, by their numbers.
ApiResult<std::map<model::WorkspaceNumber, NamedWorkspace>> all_places(const store::Registry& registry);

}  // namespace waybill::api
