#include "bench/waybill_engine.h"

#include <string>
#include <utility>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "codec/event_difference.h"
#include "codec/record.h"
#include "obs/log.h"
#include "store/local/local_store.h"

namespace waybill::bench {
namespace {

using base::Result;

// What a store goes by; outlives it.
struct Surroundings {
  base::SystemRandom random;
  base::SystemClock clock;
  base::SystemFiles files;
  obs::Log log{obs::LogForm::kText, obs::LogLevel::kWarning};
};

class WaybillEngine final : public Engine {
 public:
  WaybillEngine(std::unique_ptr<Surroundings> surroundings, std::unique_ptr<store::EventStore> store,
                model::AccountNumber account, std::optional<model::WorkspaceNumber> workspace)
      : surroundings_(std::move(surroundings)), store_(std::move(store)), account_(account), workspace_(workspace) {}

  // Bulk import is measured through `waybill import`. This is how live events come: in small units, each committed.
  Result<void> load(EventFeed& feed) override {
    for (;;) {
      TRY_ASSIGN(auto batch, feed.next());
      if (!batch) return {};
      TRY_ASSIGN(const auto workspace, model::WorkspaceSid::parse(batch->workspace_sid));
      store::Unit unit{account_, workspace, batch->workspace_sid, batch->events.back().time, std::move(batch->events)};
      const std::size_t count = unit.events.size();
      TRY_ASSIGN(const auto outcomes, store_->append({&unit, 1}));
      if (outcomes.front().accepted != count) return base::conflict("the store knows some of the events already");
    }
  }

  Result<Answer> answer(const model::EventQuery& query) override {
    if (!workspace_) return base::not_found("the data directory has no workspace");
    model::EventQuery asked = query;
    asked.workspace = *workspace_;
    TRY_ASSIGN(model::FoundPage page, store_->list(asked));
    for (model::FoundEvent& event : page.events) {
      TRY_ASSIGN(event.record, shown_json(event.record));
    }
    return std::move(page.events);
  }

 private:
  const std::unique_ptr<Surroundings> surroundings_;
  const std::unique_ptr<store::EventStore> store_;
  const model::AccountNumber account_;
  const std::optional<model::WorkspaceNumber> workspace_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_waybill(const std::string& folder) {
  auto surroundings = std::make_unique<Surroundings>();
  TRY_ASSIGN(std::unique_ptr<store::EventStore> store,
             store::LocalStore::open(folder,
                                     {surroundings->random, surroundings->clock, surroundings->log, surroundings->files,
                                      codec::events_differ},
                                     {}));
  TRY_ASSIGN(const auto accounts, store->accounts());
  if (accounts.size() != 1) return base::conflict(folder + " has not exactly one account");
  const model::AccountNumber account = accounts.front().number;
  const std::vector<model::Workspace> workspaces = store->workspaces(account);
  std::optional<model::WorkspaceNumber> workspace;
  if (!workspaces.empty()) workspace = workspaces.front().number;
  return std::unique_ptr<Engine>(
      std::make_unique<WaybillEngine>(std::move(surroundings), std::move(store), account, workspace));
}

std::vector<FileRegion> record_regions(const std::filesystem::path& folder) {
  std::vector<FileRegion> regions;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) regions.push_back({entry.path(), 0, 0});
  }
  return regions;
}

}  // namespace waybill::bench
