#include <cstdio>

#include "cli/commands.h"
#include "cli/known_spans.h"
#include "model/sid.h"

namespace waybill::cli {

base::Result<void> run_gaps(const GapsOptions& options, const Process& process) {
  if (options.url.empty() && options.data.empty()) return base::invalid_argument("say where: --url URL or --data DIR");
  if (!options.workspace_sid.empty()) {
    const auto sid = model::WorkspaceSid::parse(options.workspace_sid);
    if (!sid) return sid.error().while_doing("--workspace");
  }
  TRY_ASSIGN(const auto workspaces,
             options.url.empty() ? known_in_directory(options, process) : known_by_server(options, process));
  if (workspaces.empty()) {
    const std::string which = options.workspace_sid.empty() ? "any workspace" : options.workspace_sid;
    return base::not_found("nothing is known of " + which);
  }
  const std::string place = options.url.empty() ? "--data " + options.data.string() : "--url " + options.url;
  std::string out;
  for (const KnownWorkspace& known : workspaces) {
    out += (out.empty() ? "" : "\n") + to_text(known, options.upstream, place);
  }
  std::fputs(out.c_str(), stdout);
  return {};
}

}  // namespace waybill::cli
