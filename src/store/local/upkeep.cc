#include "store/local/upkeep.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "segment/sid_index.h"
#include "store/local/merge_plan.h"
#include "store/local/quiet.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// Without a reason the thread looks around this often: time lets events expire.
constexpr std::chrono::milliseconds kPause{1'000};
// Pause after each step. The mutex is not fair: without a pause, upkeep would relock it before a waiting append wakes.
constexpr std::chrono::milliseconds kBreath{1};
// Between so many sids of a long walk the tail is looked at: sealing comes first.
constexpr std::uint64_t kSidsBetweenLooks = 65'536;
// Sids leave the tail's table so many at a time: nobody waits longer than a moment.
constexpr std::size_t kSidsAtOnce = 4'096;

// Free pages that the database keeps for the log's next rows: 64 MiB.
constexpr std::int64_t kFreePagesMax = 16'384;
// And where no rows are to be expected: 128 KiB.
constexpr std::int64_t kFreePagesMaxWhenQuiet = 32;

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
  state_.damage_log.look(*state_.view().archive);
  std::optional<base::Error> problem;
  if (!done) problem = done.error();
  bool is_news = false;
  {
    const MutexLock lock_problem(mutex_);
    // A step that is cut short by the store's end has not failed.
    is_news = problem && !stopping_ && (!problem_ || problem_->message() != problem->message());
    problem_ = problem;
  }
  if (is_news) {
    state_.parts.log.error("store maintenance failed; will retry", {{"reason", problem->message()}});
  }
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
  static const std::array<Step, kSteps> kAll = {{{"finish_install", &Upkeep::finish_install},
                                                 {"seal", &Upkeep::seal},
                                                 {"trim", &Upkeep::trim},
                                                 {"remove_obsolete", &Upkeep::remove_obsolete},
                                                 {"tidy_erasures", &Upkeep::tidy_erasures},
                                                 {"remove_erased", &Upkeep::remove_erased},
                                                 {"remove_expired", &Upkeep::remove_expired},
                                                 {"expire_rejects", &Upkeep::expire_rejects},
                                                 {"recheck_damage", &Upkeep::recheck_damage},
                                                 {"mend_sids", &Upkeep::mend_sids},
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

// A damaged file must not keep the steps behind from what is whole; only sealing, and what is half done, comes first in
// any case.
base::Result<bool> Upkeep::next_step() {
  std::optional<base::Error> damage;
  for (std::size_t i = 0; i < kSteps; ++i) {
    const base::SteadyTime began = state_.parts.clock.steady_now();
    auto did_something = (this->*steps()[i].run)();
    const bool may_go_on =
        i >= kFirstThatMayWait && !did_something && did_something.error().code() == base::ErrorCode::kCorruption;
    if (may_go_on && !damage) damage = did_something.error();
    if (may_go_on) continue;
    if (!did_something) return did_something;
    if (!*did_something) continue;
    const MutexLock lock(mutex_);
    ++done_[i];
    took_[i] += state_.parts.clock.steady_now() - began;
    return true;
  }
  if (damage) return *damage;
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
  forget_tail_sids(runs, *installation.sealed_through);
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
  std::erase_if(events, [&](const TailEvent* event) {
    const model::WorkspaceNumber workspace = event->row.workspace;
    const Fate fate = rules->fate(workspace, event->row.key.time, event->row.terms, rules->mark(workspace));
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

void Upkeep::forget_tail_sids(const TailRuns& runs, model::Position sealed_through) {
  std::vector<EventId> ids;
  for (const auto& run : runs) {
    for (const TailEvent* event : run->events) {
      ids.push_back({event->row.workspace, event->sid});
      if (ids.size() < kSidsAtOnce) continue;
      state_.tail_sids.erase(ids, sealed_through);
      ids.clear();
    }
  }
  state_.tail_sids.erase(ids, sealed_through);
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

base::Result<bool> Upkeep::merge_segments() {
  const auto archive = state_.view().archive;
  const SegmentLimits limits(state_.options);
  std::vector<SegmentSpan> spans;
  Segments whole;
  for (const auto& segment : archive->segments()) {
    // What cannot be read stays where it is.
    if (segment->damage()) continue;
    whole.push_back(segment);
    const auto& summary = segment->summary();
    spans.push_back({limits.weight_of(segment->measure()), summary.first_key, summary.last_key});
  }
  const std::vector<std::size_t> chosen = choose_merge(spans, state_.options.segment_rows_max);
  if (chosen.empty()) return false;
  Segments inputs;
  for (const std::size_t index : chosen) inputs.push_back(whole[index]);
  state_.at_step("merge.begin");
  TRY(rewrite(inputs));
  return true;
}

base::Result<void> Upkeep::yield_at(std::uint64_t sids_seen) {
  if (sids_seen % kSidsBetweenLooks != 0) return {};
  TRY(seal());
  if (is_stopping()) return base::unavailable("the store is being closed");
  return {};
}

base::Result<bool> Upkeep::merge_sids() {
  const View view = state_.view();
  const SidFiles files = view.archive->sid_files();
  std::vector<std::uint64_t> entries;
  for (const auto& file : files) entries.push_back(file->entries());
  const auto chosen = segment::choose_sid_merge(entries);
  if (!chosen) return false;
  const auto first = files.begin() + static_cast<std::ptrdiff_t>(chosen->first);
  const SidFiles inputs(first, first + static_cast<std::ptrdiff_t>(chosen->count));
  // It is made anew first, or stays as it is.
  if (std::any_of(inputs.begin(), inputs.end(), [](const auto& file) { return file->damage().has_value(); }))
    return false;
  std::uint64_t total = 0;
  for (const auto& input : inputs) total += input->entries();
  // One file cannot hold more; several are asked one after the other.
  if (total > segment::kSidEntriesMax) return false;
  TRY_ASSIGN(const base::WallTime oldest, oldest_needed_sid(view));
  std::uint64_t seen = 0;
  const auto keep = [&](const segment::SidEntry& entry) REQUIRES_LOCK(step_mutex_) -> base::Result<bool> {
    TRY(yield_at(++seen));
    return entry.time >= oldest || view.rules->erasures_span(entry.time);
  };
  state_.at_step("merge_sids.begin");
  NewFiles merged(state_);
  TRY(merged.merge_sids(inputs, keep));
  NewFiles::Installation installation;
  for (const auto& input : inputs) installation.replaced.push_back(input->number());
  TRY(merged.install(installation));
  TRY(remove_listed());
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
  return remove_listed();
}

}  // namespace waybill::store
