#include "store/local/repair.h"

#include <cstdio>

#include "cli/act_as_owner.h"
#include "cli/commands.h"
#include "cli/describe.h"

namespace waybill::cli {

base::Result<void> run_repair(const StoreOptions& options, const Process& process) {
  TRY(act_as_owner(options.data));
  const store::RepairParts parts{process.files, process.random, process.clock.now(), describe_record,
                                 [](const std::string& doing) { std::fputs((doing + "\n").c_str(), stderr); }};
  TRY_ASSIGN(const store::RepairReport report, store::repair_store(options.data, parts));
  for (const std::string& done : report.done) std::fputs((done + "\n").c_str(), stdout);
  for (const std::string& lost : report.lost) std::fputs(("not saved: " + lost + "\n").c_str(), stdout);
  if (report.done.empty() && report.lost.empty()) std::fputs("nothing had to be repaired\n", stdout);
  std::fputs("Check the store with `waybill verify`.\n", stdout);
  return {};
}

}  // namespace waybill::cli
