// The part of upkeep that makes the bytes of erased events be gone.
#include <limits>
#include <utility>

#include "query/search.h"
#include "store/local/erasure_table.h"
#include "store/local/upkeep.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// Pages leave the database so many at a time: no append waits longer than a moment.
constexpr std::int64_t kPagesAtOnce = 64;
// After a removal that failed, the disk is asked again this often.
constexpr std::chrono::seconds kRemovalPause{30};

// Whether a segment holds an event that an erasure names.
base::Result<bool> holds(const segment::Segment& segment, const ErasureRequest& request) {
  query::Search search;
  search.workspace = request.workspace;
  search.term_keys = {erased_key(request)};
  search.low = {request.from, model::kNoPosition};
  search.high = {request.to, model::Position{std::numeric_limits<std::uint64_t>::max()}};
  search.horizon = model::Position{std::numeric_limits<std::uint64_t>::max()};
  search.limit = 1;
  const query::Source* const sources[] = {&segment};
  TRY_ASSIGN(const auto found, query::search(search, sources, {}));
  return !found.empty();
}

}  // namespace

// Removes what was replaced and could not be removed when it was.
base::Result<bool> Upkeep::remove_obsolete() {
  if (state_.obsolete.empty()) return false;
  const base::SteadyTime steady_now = state_.parts.clock.steady_now();
  if (state_.options.background && steady_now < next_removal_) return false;
  next_removal_ = steady_now + kRemovalPause;
  TRY(remove_listed());
  return true;
}

base::Result<void> Upkeep::remove_listed() {
  const std::vector<ObsoleteFiles::File> files = state_.obsolete.files();
  if (files.empty()) return {};
  state_.at_step("remove.begin");
  std::vector<std::uint64_t> numbers;
  for (const ObsoleteFiles::File& file : files) {
    TRY(state_.parts.files.remove(file.path));
    if (file.number != 0) numbers.push_back(file.number);
  }
  TRY(state_.parts.files.sync_folder(state_.segment_folder()));
  state_.at_step("remove.removed");
  {
    const MutexLock lock(state_.writer);
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
    TRY(forget_files(state_.connection, numbers));
    auto done = transaction.commit();
    if (!done) {
      state_.note_failure(done.error());
      return done;
    }
  }
  state_.obsolete.forget(files.size());
  return {};
}

// Takes back the digests of an erasure that came to nothing, where that found no room when it was due.
base::Result<bool> Upkeep::tidy_erasures() {
  const base::SteadyTime steady_now = state_.parts.clock.steady_now();
  if (state_.options.background && steady_now < next_tidying_) return false;
  next_tidying_ = steady_now + kRemovalPause;
  return eraser_.tidy();
}

// Rewrites one segment that still holds something erased; completes an erasure of which nothing is left.
base::Result<bool> Upkeep::remove_erased() {
  const View view = state_.view();
  for (const RecordedErasure& erasure : view.rules->pending()) {
    {
      // It may have been noted since the tail was looked at.
      const MutexLock lock(state_.writer);
      if (erasure.horizon > state_.sealed_through) continue;
    }
    for (const auto& segment : view.archive->segments()) {
      TRY_ASSIGN(const bool is_in, holds(*segment, erasure.note.request));
      if (!is_in) continue;
      state_.at_step("erase.rewrite");
      TRY(rewrite({segment}));
      return true;
    }
    // What is not trimmed, or not removed, still has it.
    if (trimming_ || !state_.obsolete.empty()) return false;
    return complete_erasure(erasure);
  }
  return false;
}

// The log is trimmed by now; its pages leave the database, and the database's log is emptied.
base::Result<bool> Upkeep::complete_erasure(const RecordedErasure& erasure) {
  TRY(eraser_.delete_variants(erasure.note.request.workspace));
  TRY_ASSIGN(const bool shrank, shrink_database(0));
  if (shrank) return true;
  state_.at_step("erase.complete");
  TRY_ASSIGN(const bool is_empty, checkpointer_.empty_log());
  if (!is_empty) {
    // Whoever reads the database goes on reading, and the other steps with their work; this one is tried again.
    if (state_.options.background) return false;
    return base::busy("a reader of waybill.db keeps its log from being emptied");
  }
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  const base::WallTime now = state_.parts.clock.now();
  TRY(complete_in_table(erasure.note.number, now));
  const auto rules = state_.view().rules;
  std::vector<RecordedErasure> erasures = rules->erasures();
  for (RecordedErasure& one : erasures) {
    if (one.note.number == erasure.note.number) one.note.completed = now;
  }
  state_.publish_rules(rules->with_erasures(std::move(erasures)));
  return true;
}

base::Result<void> Upkeep::complete_in_table(std::uint64_t number, base::WallTime now) {
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  TRY(store::complete_erasure(state_.connection, number, now));
  const auto done = transaction.commit();
  if (!done) state_.note_failure(done.error());
  return done;
}

// Gives free pages beyond `free_pages_max` back to the disk, some at a time; whether it did.
base::Result<bool> Upkeep::shrink_database(std::int64_t free_pages_max) {
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  TRY_ASSIGN(const std::int64_t free_pages, state_.connection.query_integer("PRAGMA freelist_count"));
  if (free_pages <= free_pages_max) return false;
  const auto done = state_.connection.execute("PRAGMA incremental_vacuum(" + std::to_string(kPagesAtOnce) + ")");
  if (!done) {
    state_.note_failure(done.error());
    return done.error();
  }
  return true;
}

}  // namespace waybill::store
