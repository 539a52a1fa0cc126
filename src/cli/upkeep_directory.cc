#include <cstdio>
#include <map>
#include <utility>

#include <unistd.h>

#include "app/settings.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "cli/flag_names.h"
#include "cli/open_store.h"
#include "cli/terminal_line.h"
#include "cli/upkeep_target.h"
#include "store/local/upkeep_notes.h"
#include "store/retention_plan.h"

namespace waybill::cli {
namespace {

using base::Result;

class DirectoryUpkeep final : public UpkeepTarget {
 public:
  DirectoryUpkeep(std::filesystem::path folder, const Process& process, store::LocalOptions options)
      : folder_(std::move(folder)), process_(process), options_(std::move(options)) {}

  Result<ErasureNote> erase(const WorkspaceWords& workspace, const store::ErasureWords& words) override {
    TRY(open());
    TRY_ASSIGN(const model::Workspace meant, find_workspace(workspace));
    TRY_ASSIGN(const store::ErasureRequest request, request_of(meant, words));
    TRY_ASSIGN(const store::Erasure erasure, store_->erase(request));
    return to_note(erasure, meant.sid_text);
  }

  Result<Prospect> would_erase(const WorkspaceWords& workspace, const store::ErasureWords& words) override {
    TRY(open());
    TRY_ASSIGN(const model::Workspace meant, find_workspace(workspace));
    TRY_ASSIGN(const store::ErasureRequest request, request_of(meant, words));
    TRY_ASSIGN(const store::Removal removal, store_->would_erase(request));
    return to_prospect(removal);
  }

  Result<std::string> finish_erasing() override {
    TRY(open());
    const bool on_terminal = isatty(STDERR_FILENO) != 0;
    for (std::uint64_t steps = 1;; ++steps) {
      auto more = store_->run_upkeep_step();
      if (on_terminal) {
        const bool last = !more || !*more;
        redraw({{},
                {"rewriting: " + std::to_string(steps) + " steps, " +
                 std::to_string(store_->archive()->segments().size()) + " segments"}},
               last ? LineEnd::kEnded : LineEnd::kOpen);
      }
      if (!more) return std::move(more).error().while_doing("rewriting the files; the next server goes on with it");
      if (!*more) return std::string("Their bytes are gone from every file.");
    }
  }

  Result<std::vector<ErasureNote>> erasures() override {
    TRY_ASSIGN(const store::UpkeepNotes kept, store::read_upkeep_notes(folder_));
    TRY_ASSIGN(const auto registry, store::open_registry(folder_));
    TRY_ASSIGN(const auto summaries, registry->summaries());
    std::map<model::WorkspaceNumber, std::string> sids;
    for (const auto& summary : summaries) sids[summary.workspace.number] = summary.workspace.sid_text;
    std::vector<ErasureNote> notes;
    for (const store::Erasure& erasure : kept.erasures) {
      notes.push_back(to_note(erasure, sids[erasure.request.workspace]));
    }
    return notes;
  }

  Result<Retained> retain(const WorkspaceWords& workspace, const std::string& age, RetainMode mode) override {
    const auto retention = store::parse_own_retention(age);
    if (!retention) return base::invalid_argument(with_flag_names(retention.error().message()));
    TRY(open());
    TRY_ASSIGN(const model::Workspace meant, find_workspace(workspace));
    // The server's setting is in force once a start has confirmed it; that of the environment may come to be.
    const store::Retention confirmed = store_->confirmed_retention().value_or(store::Retention());
    const store::Retention general = options_.retention ? options_.retention : confirmed;
    TRY_ASSIGN(const auto plan, store::plan_retention(*store_, meant.number, retention->value_or(general),
                                                      store_->retention(meant.number).value_or(confirmed)));
    if (mode != RetainMode::kDryRun) {
      const auto confirmed_now = store::check_confirmed(plan, age, mode == RetainMode::kConfirmed);
      if (!confirmed_now) return base::invalid_argument(with_flag_names(confirmed_now.error().message()));
      TRY(store_->set_retention(meant.number, *retention));
    }
    return Retained{store::to_text(store_->retention(meant.number)), to_prospect(plan.removal)};
  }

 private:
  Result<void> open() {
    if (store_) return {};
    // A directory that is none is not made.
    TRY(store::open_registry(folder_));
    TRY_ASSIGN(store_, open_store(folder_, process_, options_));
    return {};
  }

  [[nodiscard]] Result<store::ErasureRequest> request_of(const model::Workspace& workspace,
                                                         const store::ErasureWords& words) const {
    auto request = store::parse_erasure(workspace.number, words, process_.clock.now());
    if (!request) return base::invalid_argument(with_flag_names(request.error().message()));
    return request;
  }

  Result<model::Workspace> find_workspace(const WorkspaceWords& words) {
    return workspace_for(*store_, words.account_sid, words.workspace_sid, process_.environment);
  }

  const std::filesystem::path folder_;
  const Process process_;
  const store::LocalOptions options_;
  std::unique_ptr<store::LocalStore> store_;
};

std::string subject_text(const std::optional<model::Term>& subject) {
  if (!subject) return "all";
  const char* const prefix = subject->dimension == model::Dimension::kTask ? "WT" : "WK";
  return prefix + base::to_hex(base::as_bytes(subject->value));
}

}  // namespace

Prospect to_prospect(const store::Removal& removal) {
  return {removal.events, removal.rejects, store::to_text(removal)};
}

ErasureNote to_note(const store::Erasure& erasure, const std::string& workspace_sid) {
  const store::ErasureRequest& request = erasure.request;
  const auto text = [](base::WallTime time, base::WallTime open_end) {
    return time == open_end ? std::string() : base::to_millisecond_text(time);
  };
  return {std::to_string(erasure.number),
          workspace_sid,
          subject_text(request.subject),
          span_text(text(request.from, base::kTimeMin), text(request.to, base::kTimeMax)),
          std::to_string(erasure.events),
          base::to_second_text(erasure.requested),
          erasure.completed ? base::to_second_text(*erasure.completed) : ""};
}

std::string span_text(const std::string& from, const std::string& to) {
  return (from.empty() ? "the beginning" : from) + " to " + (to.empty() ? "the end" : to);
}

Result<std::unique_ptr<UpkeepTarget>> open_directory_upkeep(const UpkeepPlace& place, const Process& process) {
  TRY_ASSIGN(app::Settings settings, app::resolve_settings({}, process.environment, {}));
  settings.store.background = false;
  return std::unique_ptr<UpkeepTarget>(
      std::make_unique<DirectoryUpkeep>(place.data, process, std::move(settings.store)));
}

}  // namespace waybill::cli
