#include <cstdio>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/examination.h"
#include "http/url.h"

namespace waybill::cli {

base::Result<void> run_doctor(const DoctorOptions& options, const Process& process) {
  if (const auto& url = options.server.url; !url.empty()) {
    if (const auto parsed = http::parse_url(url); !parsed) return parsed.error().while_doing("--url");
  }
  const std::vector<doctor::Finding> findings = examine(options.server, process);
  std::fputs((options.json ? doctor::to_json(findings) : doctor::to_text(findings)).c_str(), stdout);
  std::fflush(stdout);
  const std::size_t count = doctor::count_to_mend(findings);
  if (count == 0) return {};
  return base::conflict(std::to_string(count) + (count == 1 ? " thing" : " things") + " to mend");
}

}  // namespace waybill::cli
