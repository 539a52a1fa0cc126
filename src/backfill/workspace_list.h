#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backfill/patient_client.h"
#include "base/result.h"

namespace waybill::backfill {

// A workspace as an upstream lists it.
struct UpstreamWorkspace {
  std::string sid;
  std::string friendly_name;  // may be empty
};

// More workspaces than any account has; a list that is longer does not end.
inline constexpr std::size_t kWorkspacesMax = 100'000;

// All workspaces that the Events API at `url` shows: every page of its /v1/Workspaces, in its order, each once.
// kUnavailable, naming the upstream, if it does not answer, does not take the credentials, or answers what is no such
// list; kInvalidArgument for a URL that is none, kNotFound where it has no such list.
base::Result<std::vector<UpstreamWorkspace>> list_workspaces(PatientClient& client, const std::string& url);

// What an answer says that is not the one that was wanted, in the name of the upstream that gave it: kUnavailable for
// credentials that it does not take and for a redirection, kNotFound for 404, else kInvalidArgument.
base::Error upstream_refusal(const std::string& upstream, const http::Response& response);

}  // namespace waybill::backfill
