#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "cli/commands.h"

namespace waybill::cli {

// Gives a workspace that `waybill repair` holds to an account.
struct AssignOptions {
  std::filesystem::path data;
  std::string workspace_sid;
  std::string account_sid;  // whose it becomes
  std::string from;         // the account that holds it; empty: the only one that does
};
base::Result<void> run_workspace_assign(const AssignOptions& options, const Process& process);

}  // namespace waybill::cli
