#include <cstdio>

#include <unistd.h>

#include "base/strings.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/upkeep_target.h"
#include "store/local/local_options.h"

namespace waybill::cli {
namespace {

using base::Result;

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

Result<std::unique_ptr<UpkeepTarget>> open_target(const UpkeepPlace& place, const Process& process) {
  if (place.url.empty() && place.data.empty()) return base::invalid_argument("say where: --url URL or --data DIR");
  return place.url.empty() ? open_directory_upkeep(place, process) : open_server_upkeep(place, process);
}

// So many are erased without a question.
constexpr std::uint64_t kErasedUnasked = 1000;

// Whether a person at a terminal agrees; true where nobody is there to be asked.
bool is_agreed(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0) return true;
  std::fputs((question + " Type yes: ").c_str(), stderr);
  std::string answer;
  for (int c = std::fgetc(stdin); c != EOF && c != '\n'; c = std::fgetc(stdin)) answer += static_cast<char>(c);
  return base::trim(answer) == "yes";
}

// Whether an erasure that would take so much is one that is meant.
Result<void> check_meant(const EraseOptions& options, const Prospect& prospect) {
  if (prospect.events + prospect.rejects == 0 && !options.even_if_none) {
    return base::invalid_argument("no event of " + options.workspace_sid +
                                  " matches; nothing was done. To keep out events that come later: --even-if-none");
  }
  if (prospect.events + prospect.rejects <= kErasedUnasked || options.yes) return {};
  if (is_agreed("Erase " + prospect.text + "? They cannot be brought back.")) return {};
  return base::invalid_argument("nothing was erased");
}

}  // namespace

Result<void> run_erase(const EraseOptions& options, const Process& process) {
  if (options.workspace_sid.empty()) return base::invalid_argument("--workspace: is missing");
  TRY_ASSIGN(const auto target, open_target(options.place, process));
  const WorkspaceWords workspace{options.account_sid, options.workspace_sid};
  const store::ErasureWords words{options.task_sid, options.worker_sid, options.from, options.to};
  TRY_ASSIGN(const Prospect prospect, target->would_erase(workspace, words));
  if (options.dry_run) {
    print("Would erase " + prospect.text + ". Nothing was changed.\n");
    return {};
  }
  TRY(check_meant(options, prospect));
  TRY_ASSIGN(const ErasureNote note, target->erase(workspace, words));
  print("Erasure " + note.number + ": " + note.events + " events of " + note.workspace_sid + " (" + note.subject +
        ", " + note.span + ") are hidden now, and refused if they arrive again.\n");
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
  using Mode = UpkeepTarget::RetainMode;
  const Mode mode = options.dry_run ? Mode::kDryRun : options.confirm ? Mode::kConfirmed : Mode::kAsk;
  TRY_ASSIGN(const auto retained, target->retain({options.account_sid, options.workspace_sid}, options.age, mode));
  if (options.dry_run) {
    print("Would remove " + retained.prospect.text + ". Nothing was changed; " + options.workspace_sid +
          " retains: " + retained.age + "\n");
    return {};
  }
  print(options.workspace_sid + " retains: " + retained.age + "\n");
  if (retained.prospect.events == 0) return {};
  print(retained.prospect.text + ", are hidden; a server removes their bytes, the first " +
        std::to_string(store::kRemovalGrace.count()) + " minutes after its start or this change.\n");
  return {};
}

}  // namespace waybill::cli
