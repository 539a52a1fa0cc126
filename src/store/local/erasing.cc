// The part of upkeep that makes events be gone.
#include <algorithm>
#include <limits>
#include <utility>

#include "query/search.h"
#include "store/local/erasure_table.h"
#include "store/local/reading.h"
#include "store/local/upkeep.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// Digests enter the database, and pages leave it, so many at a time: no append waits longer than a moment.
constexpr std::size_t kSidsAtOnce = 4'096;
constexpr std::int64_t kPagesAtOnce = 512;

base::Result<void> write_sids(LocalState& state, model::WorkspaceNumber workspace, std::uint64_t number,
                              std::span<const model::EventSid> sids) REQUIRES_LOCK(state.writer) {
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state.connection));
  TRY(insert_erased_sids(state.connection, state.facts, workspace, number, sids));
  return transaction.commit();
}

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

base::Result<Erasure> Upkeep::erase(const ErasureRequest& request) {
  if (request.to < request.from) return base::invalid_argument("the span to be erased ends before it begins");
  const MutexLock one_at_a_time(step_mutex_);
  RecordedErasure erasure;
  erasure.note.request = request;
  erasure.note.requested = state_.parts.clock.now();
  // Most of them are found, and their digests written, while appends go on; what came in meanwhile follows below.
  TRY_ASSIGN(std::vector<model::EventSid> sids, find_sids(state_.view(), request, erasure.note.requested));
  {
    const MutexLock lock(state_.writer);
    TRY_ASSIGN(erasure.note.number, next_erasure_number(state_.connection));
  }
  for (std::span<const model::EventSid> rest = sids; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kSidsAtOnce));
    const MutexLock lock(state_.writer);
    if (state_.broken) return *state_.broken;
    const auto written = write_sids(state_, request.workspace, erasure.note.number, some);
    if (!written) {
      state_.note_failure(written.error());
      return written.error();
    }
    rest = rest.subspan(some.size());
  }
  state_.at_step("erase.before_commit");
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  TRY_ASSIGN(std::vector<model::EventSid> all, find_sids(state_.view(), request, erasure.note.requested));
  std::sort(sids.begin(), sids.end());
  std::vector<model::EventSid> late;
  std::copy_if(all.begin(), all.end(), std::back_inserter(late),
               [&](const model::EventSid& sid) { return !std::binary_search(sids.begin(), sids.end(), sid); });
  erasure.note.events = all.size();
  erasure.horizon = state_.last_position;
  const auto committed = commit_erasure(erasure, late, all);
  if (!committed) {
    state_.note_failure(committed.error());
    return committed.error();
  }
  const auto rules = state_.view().rules;
  std::vector<RecordedErasure> erasures = rules->erasures();
  erasures.push_back(erasure);
  state_.publish_rules(state_.make_rules(rules->own_retention(), std::move(erasures)));
  return erasure.note;
}

base::Result<void> Upkeep::commit_erasure(const RecordedErasure& erasure, std::span<const model::EventSid> late,
                                          std::span<const model::EventSid> all) {
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  TRY(insert_erased_sids(state_.connection, state_.facts, erasure.note.request.workspace, erasure.note.number, late));
  TRY(delete_variants(state_.connection, erasure.note.request.workspace, all));
  TRY(insert_erasure(state_.connection, erasure));
  TRY(uncount_events(state_.connection, erasure.note.request.workspace,
                     static_cast<std::int64_t>(erasure.note.events)));
  return transaction.commit();
}

// Rewrites one segment that still holds something erased; completes an erasure of which nothing is left.
base::Result<bool> Upkeep::remove_erased() {
  const View view = state_.view();
  for (const RecordedErasure& erasure : view.rules->pending()) {
    for (const auto& segment : view.archive->segments()) {
      TRY_ASSIGN(const bool is_in, holds(*segment, erasure.note.request));
      if (!is_in) continue;
      state_.at_step("erase.rewrite");
      TRY(rewrite({segment}));
      return true;
    }
    return complete_erasure(erasure);
  }
  return false;
}

// The log is trimmed by now; its pages leave the database, and the database's log is emptied.
base::Result<bool> Upkeep::complete_erasure(const RecordedErasure& erasure) {
  TRY_ASSIGN(const bool shrank, shrink_database(0));
  if (shrank) return true;
  state_.at_step("erase.complete");
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  TRY_ASSIGN(const std::int64_t is_busy, state_.connection.query_integer("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (is_busy != 0) return base::busy("a reader of waybill.db keeps its log from being emptied");
  const base::WallTime now = state_.parts.clock.now();
  TRY(complete_in_table(erasure.note.number, now));
  const auto rules = state_.view().rules;
  std::vector<RecordedErasure> erasures = rules->erasures();
  for (RecordedErasure& one : erasures) {
    if (one.note.number == erasure.note.number) one.note.completed = now;
  }
  state_.publish_rules(state_.make_rules(rules->own_retention(), std::move(erasures)));
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
