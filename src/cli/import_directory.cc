#include <cstdio>
#include <utility>

#include "app/first_account.h"
#include "app/settings.h"
#include "base/mutex.h"
#include "cli/import_target.h"
#include "cli/open_store.h"
#include "codec/event_json.h"
#include "eventlog/event_log.h"

namespace waybill::cli {
namespace {

using base::Result;

// Batches that are read while earlier ones are on their way to the disk.
constexpr std::size_t kPendingMax = 8;

class DirectoryTarget final : public ImportTarget {
 public:
  DirectoryTarget(std::unique_ptr<store::EventStore> store, model::Account account, const Process& process)
      : store_(std::move(store)),
        account_(std::move(account)),
        process_(process),
        event_log_(*store_, process.log, {}) {}

  Result<store::UnitOutcome> send(ImportBatch batch) override {
    TRY_ASSIGN(const auto workspace, model::WorkspaceSid::parse(batch.workspace_sid));
    const codec::Arrival arrival{account_.sid.to_text(), batch.workspace_sid,
                                 [&] { return model::EventSid(process_.random.bytes<sizeof(model::SidBytes)>()); }};
    auto events = codec::decode_batch(batch.lines, codec::BatchForm::kNdjson, arrival, model::Limits());
    if (!events) return name_line(events.error(), batch);
    TRY(wait_until_fewer_than(kPendingMax));
    {
      const base::MutexLock lock(mutex_);
      ++pending_;
    }
    event_log_.append({account_.number, workspace, batch.workspace_sid, process_.clock.now(), *std::move(events)},
                      [this](const Result<store::UnitOutcome>& outcome) { note(outcome); });
    return take_counted();
  }

  Result<store::UnitOutcome> finish() override {
    TRY(wait_until_fewer_than(1));
    return take_counted();
  }

 private:
  void note(const Result<store::UnitOutcome>& outcome) {
    const base::MutexLock lock(mutex_);
    --pending_;
    if (outcome) {
      counted_.accepted += outcome->accepted;
      counted_.duplicates += outcome->duplicates;
      counted_.variants += outcome->variants;
      counted_.dropped += outcome->dropped;
    } else if (!failed_) {
      failed_ = outcome.error();
    }
    changed_.notify_all();
  }

  Result<void> wait_until_fewer_than(std::size_t count) {
    const base::MutexLock lock(mutex_);
    while (pending_ >= count) changed_.wait(mutex_);
    if (failed_) return *failed_;
    return {};
  }

  store::UnitOutcome take_counted() {
    const base::MutexLock lock(mutex_);
    return std::exchange(counted_, {});
  }

  const std::unique_ptr<store::EventStore> store_;
  const model::Account account_;
  const Process process_;

  base::Mutex mutex_;
  base::Condition changed_;

  std::size_t pending_ GUARDED_BY(mutex_) = 0;
  store::UnitOutcome counted_ GUARDED_BY(mutex_);
  std::optional<base::Error> failed_ GUARDED_BY(mutex_);

  eventlog::EventLog event_log_;  // last: its thread calls note()
};

}  // namespace

Result<std::unique_ptr<ImportTarget>> open_directory_target(const std::filesystem::path& folder,
                                                            const Process& process) {
  // Read as settings, so that what a server would refuse is refused here, and before the folder is made.
  TRY_ASSIGN(const app::Settings settings, app::resolve_settings({}, process.environment, {}));
  TRY_ASSIGN(std::unique_ptr<store::EventStore> store, open_store(folder, process, settings.store));
  TRY_ASSIGN(app::FirstAccount first, app::ensure_first_account(*store, settings.account_sid, settings.auth_token,
                                                                process.random, process.clock.now()));
  if (first.is_new && settings.auth_token.empty()) {
    std::fputs(("A new data directory: Account SID " + first.account.sid.to_text() + ", Auth Token " +
                first.account.auth_token + "\n")
                   .c_str(),
               stderr);
  }
  return std::unique_ptr<ImportTarget>(
      std::make_unique<DirectoryTarget>(std::move(store), std::move(first.account), process));
}

}  // namespace waybill::cli
