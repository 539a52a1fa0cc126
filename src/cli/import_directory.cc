#include <algorithm>
#include <deque>
#include <memory>
#include <span>
#include <utility>

#include <unistd.h>

#include "base/check.h"
#include "base/mutex.h"
#include "base/thread_pool.h"
#include "cli/import_target.h"
#include "cli/open_store.h"
#include "codec/event_json.h"
#include "eventlog/event_log.h"
#include "store/rejects.h"

namespace waybill::cli {
namespace {

using base::Result;

// Batches that are decoded while earlier ones are on their way to the disk.
constexpr std::size_t kPendingMax = 8;

// To decode events takes more than all the rest together, so every processor does it. More threads than this would wait
// for the one that commits.
constexpr std::int64_t kDecodersMax = 8;

std::size_t decoders() {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(sysconf(_SC_NPROCESSORS_ONLN), 1, kDecodersMax));
}

// A batch that is being decoded.
struct Decoding {
  ImportBatch batch;
  model::WorkspaceSid workspace;
  std::optional<Result<codec::DecodedElements>> events;  // once it is done
};

class DirectoryTarget final : public ImportTarget {
 public:
  DirectoryTarget(std::unique_ptr<store::EventStore> store, model::Account account, const Process& process)
      : store_(std::move(store)),
        account_(std::move(account)),
        process_(process),
        decoding_max_(2 * decoders()),
        event_log_(*store_, process.log, {}),
        decoders_("decoder", decoders(), decoding_max_) {}

  Result<ImportOutcome> send(ImportBatch batch) override {
    TRY_ASSIGN(const auto workspace, model::WorkspaceSid::parse(batch.workspace_sid));
    if (refused_) return *refused_;
    TRY(append_decoded(decoding_max_ - 1));
    const auto decoding = std::make_shared<Decoding>(Decoding{std::move(batch), workspace, std::nullopt});
    decoding_.push_back(decoding);
    // The queue has room for as many as there may be.
    CHECK(decoders_.submit([this, decoding] { decode(*decoding); }));
    return take_counted();
  }

  Result<bool> keep_aside(const RejectedLine& line, std::string_view text) override {
    TRY(store_->rejects().keep(std::vector{to_reject(line, "", text)}));
    return true;
  }

  Result<ImportOutcome> finish() override {
    TRY(append_decoded(0));
    TRY(wait_until_fewer_than(1));
    return take_counted();
  }

 private:
  void decode(Decoding& decoding) {
    const codec::Arrival arrival{account_.sid.to_text(), decoding.batch.workspace_sid,
                                 [&] { return model::EventSid(process_.random.bytes<sizeof(model::SidBytes)>()); },
                                 codec::Rules::kLenient};
    auto events = codec::decode_elements(decoding.batch.lines, codec::BatchForm::kNdjson, arrival, model::Limits());
    const base::MutexLock lock(mutex_);
    decoding.events = std::move(events);
    changed_.notify_all();
  }

  // Appends what is decoded, in the order it came, and waits for it while there are more than `left`. After one that
  // cannot be decoded nothing more is appended.
  Result<void> append_decoded(std::size_t left) {
    while (!decoding_.empty()) {
      const std::shared_ptr<Decoding> first = decoding_.front();
      if (!wait_for(*first, decoding_.size() > left)) return {};
      decoding_.pop_front();
      if (!*first->events) {
        decoding_.clear();
        refused_ = name_line(first->events->error(), first->batch);
        return *refused_;
      }
      codec::DecodedElements& decoded = **first->events;
      TRY(keep_refused(first->batch, std::move(decoded.refused)));
      event_log_.note_unknown_members(decoded.unknown_members, decoded.unknown_count);
      if (!decoded.events.empty()) {
        TRY(append(first->workspace, first->batch.workspace_sid, std::move(decoded.events)));
      }
    }
    return {};
  }

  [[nodiscard]] store::Reject to_reject(const RejectedLine& line, const std::string& workspace,
                                        std::string_view text) const {
    store::Reject reject;
    reject.account = account_.number;
    reject.workspace_text = workspace;
    reject.road = store::RejectRoad::kImport;
    reject.arrived = process_.clock.now();
    reject.origin = line.file;
    reject.place = line.place();
    reject.problem = line.problem;
    reject.body = text;
    return reject;
  }

  Result<void> keep_refused(const ImportBatch& batch, std::vector<codec::RefusedElement> refused) {
    if (refused.empty()) return {};
    std::vector<RejectedLine> lines;
    std::vector<store::Reject> rejects;
    for (codec::RefusedElement& element : refused) {
      lines.push_back(
          {batch.file, batch.line_numbers.at(element.index - 1), std::move(element.problem), batch.place_word});
      rejects.push_back(to_reject(lines.back(), batch.workspace_sid, element.text));
    }
    if (store_->rejects().keep(rejects)) {
      rejected_.insert(rejected_.end(), lines.begin(), lines.end());
      return {};
    }
    // One by one, for the line that there is no room for.
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto kept = store_->rejects().keep(std::span(&rejects[i], 1));
      if (kept) {
        rejected_.push_back(lines[i]);
        continue;
      }
      decoding_.clear();
      refused_ = kept.error().while_doing(lines[i].file + ": " + lines[i].place());
      return *refused_;
    }
    return {};
  }

  // Whether it is decoded; if `must`, it is waited for.
  bool wait_for(const Decoding& decoding, bool must) {
    const base::MutexLock lock(mutex_);
    while (must && !decoding.events) changed_.wait(mutex_);
    return decoding.events.has_value();
  }

  Result<void> append(const model::WorkspaceSid& workspace, const std::string& text, std::vector<model::Event> events) {
    TRY(wait_until_fewer_than(kPendingMax));
    {
      const base::MutexLock lock(mutex_);
      ++pending_;
    }
    event_log_.append({account_.number, workspace, text, process_.clock.now(), std::move(events)},
                      [this](const Result<store::UnitOutcome>& outcome) { note(outcome); });
    return {};
  }

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

  ImportOutcome take_counted() {
    const base::MutexLock lock(mutex_);
    return {std::exchange(counted_, {}), std::exchange(rejected_, {})};
  }

  const std::unique_ptr<store::EventStore> store_;
  const model::Account account_;
  const Process process_;
  const std::size_t decoding_max_;

  std::deque<std::shared_ptr<Decoding>> decoding_;  // in the order they came
  std::optional<base::Error> refused_;              // why nothing more is taken
  std::vector<RejectedLine> rejected_;              // that were not told of yet

  base::Mutex mutex_;
  base::Condition changed_;

  std::size_t pending_ GUARDED_BY(mutex_) = 0;
  store::UnitOutcome counted_ GUARDED_BY(mutex_);
  std::optional<base::Error> failed_ GUARDED_BY(mutex_);

  // Last: their threads call note() and decode().
  eventlog::EventLog event_log_;
  base::ThreadPool decoders_;
};

}  // namespace

Result<std::unique_ptr<ImportTarget>> open_directory_target(const std::filesystem::path& folder,
                                                            const Process& process) {
  TRY_ASSIGN(OpenedDirectory opened, open_directory(folder, process));
  return std::unique_ptr<ImportTarget>(
      std::make_unique<DirectoryTarget>(std::move(opened.store), std::move(opened.account), process));
}

}  // namespace waybill::cli
