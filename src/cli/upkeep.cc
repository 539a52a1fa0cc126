#include <cstdio>

#include "cli/commands.h"
#include "cli/table.h"
#include "cli/upkeep_target.h"

namespace waybill::cli {
namespace {

using base::Result;

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

Result<std::unique_ptr<UpkeepTarget>> open_target(const UpkeepPlace& place, const Process& process) {
  if (place.url.empty() && place.data.empty()) return base::invalid_argument("say where: --url URL or --data DIR");
  return place.url.empty() ? open_directory_upkeep(place, process) : open_server_upkeep(place, process);
}

}  // namespace

Result<void> run_erase(const EraseOptions& options, const Process& process) {
  if (options.workspace_sid.empty()) return base::invalid_argument("--workspace: is missing");
  TRY_ASSIGN(const auto target, open_target(options.place, process));
  TRY_ASSIGN(const ErasureNote note, target->erase({options.account_sid, options.workspace_sid},
                                                   {options.task_sid, options.worker_sid, options.from, options.to}));
  print("Erasure " + note.number + ": " + note.events + " events of " + note.workspace_sid + " (" + note.subject +
        ", " + note.span + ") are seen no more, and are not let in again.\n");
  std::fflush(stdout);
  TRY_ASSIGN(const std::string rest, target->finish_erasing());
  print(rest + "\n");
  return {};
}

Result<void> run_erase_status(const EraseOptions& options, const Process& process) {
  TRY_ASSIGN(const auto target, open_target(options.place, process));
  TRY_ASSIGN(const auto notes, target->erasures());
  std::vector<std::vector<std::string>> rows = {
      {"NUMBER", "WORKSPACE SID", "WHOSE", "EVENTS", "REQUESTED", "COMPLETED", "SPAN"}};
  for (const ErasureNote& note : notes) {
    rows.push_back({note.number, note.workspace_sid, note.subject, note.events, note.requested,
                    note.completed.empty() ? "rewriting" : note.completed, note.span});
  }
  print(to_table(rows));
  return {};
}

Result<void> run_workspace_retain(const RetainOptions& options, const Process& process) {
  TRY_ASSIGN(const auto target, open_target(options.place, process));
  TRY_ASSIGN(const std::string age, target->retain({options.account_sid, options.workspace_sid}, options.age));
  print(options.workspace_sid + " retains: " + age + "\n");
  return {};
}

}  // namespace waybill::cli
