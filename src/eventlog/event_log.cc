#include "eventlog/event_log.h"

#include <utility>

#include "base/check.h"
#include "base/strings.h"

namespace waybill::eventlog {
namespace {

std::size_t bytes_of(const store::Unit& unit) {
  std::size_t bytes = sizeof unit + unit.workspace_text.capacity();
  for (const model::Event& event : unit.events) {
    bytes += sizeof event + event.terms.bytes().size() + event.record.capacity() + event.workspace_name.capacity();
  }
  return bytes;
}

base::Error stopped_error(const std::string& why) {
  return base::unavailable("new events are refused since a write to the disk failed (" + why +
                           "); reading goes on; mend the disk and start the server again");
}

}  // namespace

EventLog::EventLog(store::EventWriter& writer, const obs::Log& log, EventLogLimits limits, EventLogMetrics metrics)
    : writer_(writer), log_(log), limits_(limits), metrics_(metrics), appender_("appender", [this] { work(); }) {}

EventLog::~EventLog() {
  {
    const base::MutexLock lock(mutex_);
    ending_ = true;
  }
  queued_.notify_all();
  appender_.join();
}

void EventLog::append(store::Unit unit, Done done, Road road) {
  const std::size_t bytes = bytes_of(unit);
  Entry entry{std::move(unit), std::move(done), bytes, road};
  if (auto refused = queue(entry)) {
    metrics_of(road).refused.add(static_cast<double>(entry.unit.events.size()));
    entry.done(*std::move(refused));
  }
}

// Takes the entry over, or says why not and leaves it as it is.
std::optional<base::Error> EventLog::queue(Entry& entry) {
  if (const auto why = stopped()) return stopped_error(*why);
  const base::MutexLock lock(mutex_);
  if (queued_bytes_ + entry.bytes > limits_.queued_bytes_max && !queue_.empty()) {
    return base::busy("more events are waiting for the disk than the queue holds (limit queued_bytes_max)");
  }
  queued_bytes_ += entry.bytes;
  queue_.push_back(std::move(entry));
  queued_.notify_one();
  return std::nullopt;
}

base::Result<store::UnitOutcome> EventLog::append_and_wait(store::Unit unit, Road road) {
  base::Mutex mutex;
  base::Condition answered;
  std::optional<base::Result<store::UnitOutcome>> answer;
  const auto done = [&](base::Result<store::UnitOutcome> outcome) {
    const base::MutexLock lock(mutex);
    answer = std::move(outcome);
    answered.notify_one();
  };
  append(std::move(unit), done, road);
  const base::MutexLock lock(mutex);
  while (!answer) answered.wait(mutex);
  return *std::move(answer);
}

void EventLog::note_unknown_members(std::span<const std::string> names, std::uint64_t count) {
  metrics_.unknown_members.add(static_cast<double>(count));
  std::size_t logged = 0;
  for (const std::string& name : names) {
    // One odd event must not use up the names that can be logged.
    if (logged == kUnknownNamesOfOneCall) return;
    const std::string shown = base::printable(name.substr(0, kUnknownNameBytesMax));
    {
      const base::MutexLock lock(mutex_);
      if (unknown_names_.size() >= kUnknownNamesMax || !unknown_names_.insert(shown).second) continue;
    }
    ++logged;
    log_.warning("unknown event member stored in waybill_extra", {{"name", shown}});
  }
}

std::size_t EventLog::queued_bytes() const {
  const base::MutexLock lock(mutex_);
  return queued_bytes_;
}

std::optional<std::string> EventLog::stopped() const {
  {
    const base::MutexLock lock(mutex_);
    if (stopped_) return stopped_;
  }
  const auto error = writer_.stopped();
  return error ? std::optional(error->message()) : std::nullopt;
}

void EventLog::work() {
  for (;;) {
    std::vector<Entry> entries = take();
    if (entries.empty()) return;
    commit(std::move(entries));
  }
}

// Waits for work and takes as much as one commit may hold; empty when the log ends and nothing is left.
std::vector<EventLog::Entry> EventLog::take() {
  std::vector<Entry> entries;
  Size taken;
  const base::MutexLock lock(mutex_);
  while (queue_.empty() && !ending_) queued_.wait(mutex_);
  while (!queue_.empty() && (entries.empty() || fits(taken, queue_.front()))) {
    Entry& next = queue_.front();
    taken.events += next.unit.events.size();
    taken.bytes += next.bytes;
    queued_bytes_ -= next.bytes;
    entries.push_back(std::move(next));
    queue_.pop_front();
  }
  return entries;
}

bool EventLog::fits(const Size& taken, const Entry& next) const {
  return taken.events + next.unit.events.size() <= limits_.commit_events_max &&
         taken.bytes + next.bytes <= limits_.commit_bytes_max;
}

void EventLog::commit(std::vector<Entry> entries) {
  std::vector<store::Unit> units;
  units.reserve(entries.size());
  for (Entry& entry : entries) units.push_back(std::move(entry.unit));
  if (const auto why = stopped()) {
    for (std::size_t i = 0; i < units.size(); ++i) count_refused(entries[i].road, units[i].events.size());
    for (Entry& entry : entries) entry.done(stopped_error(*why));
    return;
  }
  const base::SteadyTime began = metrics_.clock != nullptr ? metrics_.clock->steady_now() : base::SteadyTime();
  const auto outcomes = writer_.append(units);
  if (metrics_.clock != nullptr) {
    metrics_.commit_seconds.observe(std::chrono::duration<double>(metrics_.clock->steady_now() - began).count());
  }
  if (outcomes) {
    CHECK(outcomes->size() == entries.size());
    count(entries, *outcomes);
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i].done((*outcomes)[i]);
    return;
  }
  const base::Error& error = outcomes.error();
  if (error.code() == base::ErrorCode::kIo) stop(error);
  log_.error("events refused: a commit failed", {{"events_units", entries.size()}, {"reason", error.message()}});
  for (std::size_t i = 0; i < units.size(); ++i) count_refused(entries[i].road, units[i].events.size());
  for (Entry& entry : entries) entry.done(error);
}

void EventLog::count(std::span<const Entry> entries, std::span<const store::UnitOutcome> outcomes) const {
  std::array<store::UnitOutcome, kRoads> sums;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    store::UnitOutcome& sum = sums[static_cast<std::size_t>(entries[i].road)];
    sum.accepted += outcomes[i].accepted;
    sum.duplicates += outcomes[i].duplicates;
    sum.variants += outcomes[i].variants;
    sum.dropped += outcomes[i].dropped;
  }
  for (std::size_t road = 0; road < kRoads; ++road) {
    metrics_.roads[road].accepted.add(sums[road].accepted);
    metrics_.roads[road].duplicates.add(sums[road].duplicates);
    metrics_.roads[road].variants.add(sums[road].variants);
    metrics_.roads[road].dropped.add(sums[road].dropped);
  }
}

void EventLog::stop(const base::Error& error) {
  const base::MutexLock lock(mutex_);
  stopped_ = error.message();
}

}  // namespace waybill::eventlog
