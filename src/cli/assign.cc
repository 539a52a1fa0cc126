#include "cli/assign.h"

#include <cstdio>

#include "cli/act_as_owner.h"
#include "cli/sid_argument.h"
#include "store/local/owner_table.h"

namespace waybill::cli {

base::Result<void> run_workspace_assign(const AssignOptions& options, const Process& /*process*/) {
  TRY(act_as_owner(options.data));
  store::Assignment assignment;
  TRY_ASSIGN(assignment.workspace, parse_sid<model::WorkspaceSid>(options.workspace_sid));
  TRY_ASSIGN(assignment.to, parse_sid<model::AccountSid>(options.account_sid));
  if (!options.from.empty()) {
    TRY_ASSIGN(assignment.from, parse_sid<model::AccountSid>(options.from));
  }
  TRY(store::assign_held_workspace(options.data, assignment));
  std::fputs(
      ("workspace " + assignment.workspace.to_text() + " belongs to account " + assignment.to.to_text() + " now\n")
          .c_str(),
      stdout);
  return {};
}

}  // namespace waybill::cli
