#pragma once

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
  std::string state;  // proven, claimed, open
  std::string by;     // what proves, claims or opens it
};

// What is known of the completeness of one workspace.
struct KnownWorkspace {
  std::string account_sid;
  std::string workspace_sid;
  base::WallTime settled_through;
  std::optional<base::WallTime> complete_from;
  std::optional<base::WallTime> complete_through;
  std::vector<KnownSpan> spans;
};

// From a server, as the account in the environment. kInvalidArgument if it is not there, kUnavailable.
base::Result<std::vector<KnownWorkspace>> known_by_server(const GapsOptions& options, const Process& process);
// From a data directory, also while a server holds it. kNotFound if it is none; otherwise as SqlLedger::open.
base::Result<std::vector<KnownWorkspace>> known_in_directory(const GapsOptions& options, const Process& process);

// What `waybill gaps` prints of one workspace: its spans, and the one command that closes those that are open, or that
// proves those that are only claimed. `place` is how that command names where the events go.
std::string to_text(const KnownWorkspace& known, const std::string& upstream, const std::string& place);

}  // namespace waybill::cli
