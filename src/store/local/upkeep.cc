#include "store/local/upkeep.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/time_text.h"
#include "segment/sid_index.h"
#include "store/local/erasure_table.h"
#include "store/local/merge_plan.h"
#include "store/local/quiet.h"
#include "store/local/reading.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// Without a reason the thread looks around this often: time lets events expire.
constexpr std::chrono::milliseconds kPause{1'000};
// After each step, for appends that wait for the writer's lock: who lets it go and takes it again at once leaves no
// other thread the time to wake up.
constexpr std::chrono::milliseconds kBreath{1};
// Whether events have expired is asked this often.
constexpr std::chrono::seconds kExpiryPause{60};
// Of what is expired, a file keeps less than this part.
constexpr std::uint64_t kExpiredPartMin = 2;
// Sids leave the tail's table so many at a time: nobody waits longer than a moment.
constexpr std::size_t kSidsAtOnce = 4'096;

// Free pages that the database keeps for the log's next rows: 64 MiB.
constexpr std::int64_t kFreePagesMax = 16'384;
// And where no rows are to be expected: 128 KiB.
constexpr std::int64_t kFreePagesMaxWhenQuiet = 32;

base::Result<std::vector<model::WorkspaceNumber>> workspace_numbers(sqlite::Connection& connection) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT number FROM workspaces"));
  std::vector<model::WorkspaceNumber> numbers;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return numbers;
    numbers.push_back(model::WorkspaceNumber{static_cast<std::uint32_t>(select.integer(0))});
  }
}

base::Result<std::string> workspace_sid(sqlite::Connection& connection, model::WorkspaceNumber workspace) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare("SELECT sid_text FROM workspaces WHERE number = ?"));
  select.bind_all(static_cast<std::int64_t>(workspace));
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return base::not_found("there is no such workspace");
  return std::string(select.bytes(0));
}

}  // namespace

Upkeep::~Upkeep() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  stopped_.notify_all();
}

void Upkeep::start() {
  thread_ = base::Thread("upkeep", [this] { work(); });
}

void Upkeep::wake() {
  const MutexLock lock(mutex_);
  has_work_ = true;
  woken_.notify_all();
}

bool Upkeep::is_stopping() const {
  const MutexLock lock(mutex_);
  return stopping_;
}

std::optional<base::Error> Upkeep::problem() const {
  const MutexLock lock(mutex_);
  return problem_;
}

void Upkeep::work() {
  std::chrono::milliseconds pause = kBreath;
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (!stopping_ && (!has_work_ || pause == kBreath)) woken_.wait_for(mutex_, pause);
      if (stopping_) return;
      has_work_ = false;
    }
    const auto did_something = step();
    if (!did_something) {
      // The pause is for the disk, so no append that wakes this thread ends it.
      const MutexLock lock(mutex_);
      if (!stopping_) stopped_.wait_for(mutex_, state_.options.pause_after_failure);
    }
    pause = did_something && *did_something ? kBreath : kPause;
  }
}

base::Result<bool> Upkeep::step() {
  const MutexLock lock(step_mutex_);
  auto done = next_step();
  std::optional<base::Error> problem;
  if (!done) problem = done.error();
  const MutexLock lock_problem(mutex_);
  // A step that is cut short by the store's end has not failed.
  if (problem && !stopping_ && (!problem_ || problem_->message() != problem->message())) {
    state_.parts.log.error("upkeep of the store could not do its next step and tries again",
                           {{"reason", problem->message()}});
  }
  problem_ = std::move(problem);
  return done;
}

base::Result<void> Upkeep::run() {
  for (;;) {
    TRY_ASSIGN(const bool did_something, step());
    if (!did_something) return {};
  }
}

// The steps in the order of their urgency: the tail bounds memory and the next start, what was erased was promised.
const std::array<Upkeep::Step, Upkeep::kSteps>& Upkeep::steps() {
  static const std::array<Step, kSteps> kAll = {{{"seal", &Upkeep::seal},
                                                 {"trim", &Upkeep::trim},
                                                 {"remove_erased", &Upkeep::remove_erased},
                                                 {"remove_expired", &Upkeep::remove_expired},
                                                 {"expire_rejects", &Upkeep::expire_rejects},
                                                 {"merge_sids", &Upkeep::merge_sids},
                                                 {"merge_segments", &Upkeep::merge_segments}}};
  return kAll;
}

std::vector<UpkeepFigures> Upkeep::figures() const {
  std::vector<UpkeepFigures> out;
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < kSteps; ++i) out.push_back({steps()[i].name, done_[i], took_[i]});
  return out;
}

base::Result<bool> Upkeep::next_step() {
  for (std::size_t i = 0; i < kSteps; ++i) {
    const base::SteadyTime began = state_.parts.clock.steady_now();
    TRY_ASSIGN(const bool did_something, (this->*steps()[i].run)());
    if (!did_something) continue;
    const MutexLock lock(mutex_);
    ++done_[i];
    took_[i] += state_.parts.clock.steady_now() - began;
    return true;
  }
  return shrink_database(free_pages_max());
}

std::int64_t Upkeep::free_pages_max() {
  const MutexLock lock(state_.writer);
  return is_quiet(state_) ? kFreePagesMaxWhenQuiet : kFreePagesMax;
}

base::Result<void> Upkeep::seal_while_loading() {
  const MutexLock lock(step_mutex_);
  TRY(seal());
  return {};
}

base::Result<bool> Upkeep::seal() {
  TailRuns runs;
  NewFiles::Installation installation;
  {
    const MutexLock lock(state_.writer);
    if (state_.broken) return *state_.broken;
    const auto pending = state_.view().rules->pending();
    const bool must = std::any_of(pending.begin(), pending.end(),
                                  [&](const RecordedErasure& erasure)
                                      REQUIRES_LOCK(state_.writer) { return erasure.horizon > state_.sealed_through; });
    if (state_.tail.view().size() == 0) return false;
    if (!must && !state_.is_tail_large() && !is_seal_due_when_quiet(state_)) return false;
    state_.tail.freeze();
    state_.publish_tail(state_.last_position);
    runs = state_.tail.view().runs();
    installation.sealed_through = state_.last_position;
  }
  std::vector<const TailEvent*> events;
  for (const auto& run : runs) events.insert(events.end(), run->events.begin(), run->events.end());
  NewFiles files(state_);
  Expired expired;
  TRY(write_sealed(files, std::move(events), expired));
  installation.runs_sealed = runs.size();
  installation.also = [&](sqlite::Connection& connection) { return uncount(connection, expired); };
  TRY(files.install(installation));
  log_removal(expired);
  forget_tail_sids(runs);
  trimming_ = true;
  return true;
}

base::Result<void> Upkeep::write_sealed(NewFiles& files, std::vector<const TailEvent*> events, Expired& expired) {
  std::sort(events.begin(), events.end(),
            [](const TailEvent* a, const TailEvent* b) { return a->row.key < b->row.key; });
  std::vector<segment::SidEntry> sids;
  sids.reserve(events.size());
  for (const TailEvent* event : events) {
    sids.push_back({segment::sid_hash(event->row.workspace, event->sid, state_.facts.sid_key), event->row.key.time});
  }
  std::sort(sids.begin(), sids.end());
  const auto rules = state_.view().rules;
  const base::WallTime now = state_.parts.clock.now();
  std::erase_if(events, [&](const TailEvent* event) {
    const Fate fate = rules->fate(event->row.workspace, event->row.key.time, event->row.terms, now);
    if (fate == Fate::kExpired) expired[event->row.workspace].add(event->row.key.time);
    return fate != Fate::kKept;
  });
  std::vector<model::SortKey> keys;
  keys.reserve(events.size());
  for (const TailEvent* event : events) keys.push_back(event->row.key);
  files.begin_segments(plan_cuts(keys, 1, state_.options.segment_rows_max), {});
  for (const TailEvent* event : events) {
    TRY(files.add({event->row.key, event->row.workspace, event->sid, event->row.terms.bytes(), event->record}));
  }
  TRY(files.finish_segments());
  return files.write_sids(sids);
}

void Upkeep::forget_tail_sids(const TailRuns& runs) {
  std::vector<EventId> ids;
  for (const auto& run : runs) {
    for (const TailEvent* event : run->events) {
      ids.push_back({event->row.workspace, event->sid});
      if (ids.size() < kSidsAtOnce) continue;
      state_.tail_sids.erase(ids);
      ids.clear();
    }
  }
  state_.tail_sids.erase(ids);
}

base::Result<bool> Upkeep::trim() {
  if (!trimming_) return false;
  state_.at_step("trim");
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  auto more = state_.log.trim(state_.connection, state_.sealed_through);
  if (!more) {
    state_.note_failure(more.error());
    return more;
  }
  trimming_ = *more;
  return true;
}

// Whether what has expired must not be removed yet; ends the waiting when its time is over.
bool Upkeep::removal_waits() {
  const MutexLock lock(state_.writer);
  if (!state_.removal_begins) return false;
  if (state_.parts.clock.steady_now() < *state_.removal_begins) return true;
  state_.removal_begins.reset();
  const auto rules = state_.view().rules;
  state_.publish_rules(state_.make_rules(rules->own_retention(), rules->erasures()));
  return false;
}

base::Result<void> Upkeep::uncount(sqlite::Connection& connection, const Expired& expired) {
  for (const auto& [workspace, part] : expired) TRY(uncount_events(connection, workspace, part.events));
  return {};
}

// One line for each workspace, so that nobody has to wonder where events have gone.
void Upkeep::log_removal(const Expired& expired) {
  for (const auto& [workspace, part] : expired) {
    std::string sid;
    {
      const MutexLock lock(state_.writer);
      const auto found = workspace_sid(state_.connection, workspace);
      sid = found ? *found : std::to_string(static_cast<std::uint32_t>(workspace));
    }
    state_.parts.log.info(
        "removed events that are older than what is retained",
        {{"workspace", sid}, {"events", part.events}, {"up_to", base::to_millisecond_text(part.last)}});
  }
}

base::Result<bool> Upkeep::remove_expired() {
  if (removal_waits()) return false;
  const View view = state_.view();
  if (!view.rules->retains_less_than_all()) return false;
  const base::SteadyTime steady_now = state_.parts.clock.steady_now();
  if (state_.options.background && steady_now < next_expiry_) return false;
  std::vector<model::WorkspaceNumber> workspaces;
  {
    const MutexLock lock(state_.writer);
    TRY_ASSIGN(workspaces, workspace_numbers(state_.connection));
  }
  const base::WallTime now = state_.parts.clock.now();
  for (const auto& segment : view.archive->segments()) {
    std::uint64_t expired = 0;
    for (const model::WorkspaceNumber workspace : workspaces) {
      TRY_ASSIGN(const std::uint64_t rows,
                 count_rows_before(*segment, workspace, view.rules->oldest_kept(workspace, now)));
      expired += rows;
    }
    if (expired * kExpiredPartMin < segment->summary().rows) continue;
    TRY(rewrite({segment}));
    return true;
  }
  next_expiry_ = steady_now + kExpiryPause;
  return false;
}

// Removes what was kept aside and did not come again for too long.
base::Result<bool> Upkeep::expire_rejects() {
  const Retention& age = state_.options.rejects_for;
  const base::SteadyTime steady_now = state_.parts.clock.steady_now();
  if (!age || (state_.options.background && steady_now < next_reject_expiry_)) return false;
  next_reject_expiry_ = steady_now + kExpiryPause;
  const base::WallTime now = state_.parts.clock.now();
  if (now - *age < base::kTimeMin) return false;
  TRY_ASSIGN(const std::uint64_t expired, rejects_->expire(now - *age));
  if (expired == 0) return false;
  state_.parts.log.info("what was kept aside longer than rejects-for allows is removed",
                        {{"elements", expired}, {"came_last_before", base::to_second_text(now - *age)}});
  return true;
}

base::Result<bool> Upkeep::merge_segments() {
  const auto archive = state_.view().archive;
  const SegmentLimits limits(state_.options);
  std::vector<SegmentSpan> spans;
  for (const auto& segment : archive->segments()) {
    const auto& summary = segment->summary();
    spans.push_back({limits.weight_of(segment->measure()), summary.first_key, summary.last_key});
  }
  const std::vector<std::size_t> chosen = choose_merge(spans, state_.options.segment_rows_max);
  if (chosen.empty()) return false;
  Segments inputs;
  for (const std::size_t index : chosen) inputs.push_back(archive->segments()[index]);
  state_.at_step("merge.begin");
  TRY(rewrite(inputs));
  return true;
}

base::Result<bool> Upkeep::merge_sids() {
  const SidFiles files = state_.view().archive->sid_files();
  std::vector<std::uint64_t> entries;
  for (const auto& file : files) entries.push_back(file->entries());
  const auto chosen = segment::choose_sid_merge(entries);
  if (!chosen) return false;
  const auto first = files.begin() + static_cast<std::ptrdiff_t>(chosen->first);
  const SidFiles inputs(first, first + static_cast<std::ptrdiff_t>(chosen->count));
  NewFiles merged(state_);
  TRY(merged.merge_sids(inputs));
  NewFiles::Installation installation;
  for (const auto& input : inputs) installation.replaced.push_back(input->number());
  TRY(merged.install(installation));
  TRY(remove_files(FileKind::kSids, installation.replaced));
  return true;
}

// Writes the rows of some segments anew, without those that are gone, and cut by time.
base::Result<void> Upkeep::rewrite(const Segments& inputs) {
  NewFiles::Installation installation;
  for (const auto& input : inputs) installation.replaced.push_back(input->number());
  NewFiles files(state_);
  Expired expired;
  TRY(copy_rows(inputs, files, expired));
  installation.also = [&](sqlite::Connection& connection) { return uncount(connection, expired); };
  TRY(files.install(installation));
  log_removal(expired);
  return remove_files(FileKind::kSegment, installation.replaced);
}

base::Result<void> Upkeep::remove_files(FileKind kind, const std::vector<std::uint64_t>& numbers) {
  state_.at_step("remove.begin");
  for (const std::uint64_t number : numbers) {
    TRY(state_.parts.files.remove(state_.segment_folder() / file_name(number, kind)));
  }
  TRY(state_.parts.files.sync_folder(state_.segment_folder()));
  state_.at_step("remove.removed");
  const MutexLock lock(state_.writer);
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  TRY(forget_files(state_.connection, numbers));
  const auto done = transaction.commit();
  if (!done) state_.note_failure(done.error());
  return done;
}

}  // namespace waybill::store
