#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/commands.h"

namespace waybill::cli {

// A span of a workspace's history, as a person reads it.
struct KnownSpan {
  base::WallTime from;
  base::WallTime to;
  std::string state;            // proven, claimed, open
  std::string by;               // what proves, claims or opens it
  bool is_unreachable = false;  // open, since a pull could not get it
};

// What is known of the completeness of one workspace.
struct KnownWorkspace {
  std::string account_sid;
  std::string workspace_sid;
  base::WallTime settled_through;
  std::optional<base::WallTime> complete_from;
  std::optional<base::WallTime> complete_through;
  std::vector<KnownSpan> spans;
  std::chrono::milliseconds settling{};
  bool has_other_accounts = false;                   // the directory has more than this one's
  std::string pulled_from;                           // the URL of the newest pull; empty: none
  std::string server_upstream;                       // what the server, or the setting, pulls from; empty: nothing
  std::optional<base::WallTime> server_pulls_since;  // how far back a server that runs pulls by itself
};

// From a server, as the account in the environment. kInvalidArgument if it is not there, kNotFound for a workspace that
// the server does not have, kUnavailable.
base::Result<std::vector<KnownWorkspace>> known_by_server(const GapsOptions& options, const Process& process);
// From a data directory, also while a server holds it. kNotFound if it is none, or has no such workspace; otherwise as
// SqlLedger::open.
base::Result<std::vector<KnownWorkspace>> known_in_directory(const GapsOptions& options, const Process& process);

// Where a workspace that is not there was looked for.
base::Error no_such_workspace(const std::string& sid, const std::string& place);

// Whether a pull's source can be pulled from again: a ledger may have other names.
bool is_url(const std::string& source);

}  // namespace waybill::cli
