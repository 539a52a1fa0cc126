#include "store/local/eraser.h"

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "store/local/erasure_table.h"
#include "store/local/reading.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// Of what came in since the last search, so much is looked through under the lock.
constexpr std::uint64_t kLateMax = 4'096;
// Searches that run after what comes in and what expires. Then the rest is looked through under the lock, however much
// it is, and what has expired since the last search may be taken from the workspace's count twice.
constexpr int kRoundsMax = 16;

// After each hold of the writer's lock, for appends that wait for it: who takes it again at once leaves no other thread
// the time to wake up.
void breathe() {
  constexpr std::chrono::milliseconds kBreath{1};
  base::Mutex mutex;
  base::Condition never;
  const MutexLock lock(mutex);
  never.wait_for(mutex, kBreath);
}

// Visits the tail's events above a position, in the order of their positions.
template <class Visit>
void for_each_above(const TailView& tail, model::Position above, Visit visit) {
  for (const auto& run : tail.runs()) {
    if (run->index->summary().position_max <= above) continue;
    for (const auto& memory : run->memory) {
      if (memory->empty() || memory->back().row.key.position <= above) continue;
      for (const TailEvent& event : *memory) {
        if (event.row.key.position > above) visit(event);
      }
    }
  }
  for (const TailEvent& event : tail.loose()) {
    if (event.row.key.position > above) visit(event);
  }
}

}  // namespace

base::Result<Erasure> Eraser::erase(const ErasureRequest& request) {
  if (request.to < request.from) return base::invalid_argument("the span to be erased ends before it begins");
  const MutexLock one_at_a_time(mutex_);
  TRY(take_back());
  RecordedErasure erasure;
  erasure.note.request = request;
  erasure.note.requested = state_.parts.clock.now();
  {
    const MutexLock lock(state_.writer);
    TRY_ASSIGN(erasure.note.number, next_erasure_number(state_.connection));
  }
  const auto done = find_and_commit(erasure);
  if (!done) {
    has_left_over_ = true;
    static_cast<void>(take_back().has_value());
    return done.error();
  }
  // The erasure stands. Where this fails, the erasure is not completed before it is done.
  static_cast<void>(delete_variants(request.workspace).has_value());
  return erasure.note;
}

// Searches without the lock, first everything and then what has come in meanwhile, until so little is left that it can
// be looked through under the lock.
base::Result<void> Eraser::find_and_commit(RecordedErasure& erasure) {
  View searched = state_.view();
  base::WallTime mark = searched.rules->mark(erasure.note.request.workspace);
  erasure.note.events = 0;
  TRY(note_sids(searched, model::kNoPosition, erasure));
  for (int round = 0;; ++round) {
    state_.at_step("erase.before_commit");
    TRY_ASSIGN(const bool committed, commit_if_near(searched, mark, round >= kRoundsMax, erasure));
    if (committed) return {};
    const View next = state_.view();
    TRY(note_sids(next, searched.horizon, erasure));
    // What expired meanwhile may be gone and uncounted; it must not be counted again. Its digests do no harm.
    const base::WallTime next_mark = next.rules->mark(erasure.note.request.workspace);
    if (next_mark != mark) TRY(count(next, erasure));
    mark = next_mark;
    searched = next;
  }
}

base::Result<void> Eraser::count(const View& view, RecordedErasure& erasure) {
  erasure.note.events = 0;
  return for_each_named(view, erasure.note.request, erasure.note.requested, model::kNoPosition, kErasedAtOnce,
                        [&](const std::vector<NamedEvent>& events) -> base::Result<void> {
                          erasure.note.events += events.size();
                          return {};
                        });
}

// Commits and publishes the erasure if everything above what was `searched` still lies in the tail and is little, and
// no more of it is named than is noted under one hold of the lock.
base::Result<bool> Eraser::commit_if_near(const View& searched, base::WallTime mark, bool is_last,
                                          RecordedErasure& erasure) {
  const ErasureRequest& request = erasure.note.request;
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  const View now = state_.view();
  if (state_.sealed_through > searched.horizon) return false;
  if (now.rules->mark(request.workspace) != mark && !is_last) return false;
  const std::uint64_t late_count = to_number(state_.last_position) - to_number(searched.horizon);
  if (late_count > kLateMax && !is_last) return false;
  const query::Search search = search_of(now, request, erasure.note.requested);
  std::vector<model::EventSid> late;
  for_each_above(now.tail, searched.horizon, [&](const TailEvent& event) {
    if (query::matches(search, event.row.workspace, event.row.key, event.row.terms)) late.push_back(event.sid);
  });
  if (late.size() > kErasedAtOnce && !is_last) return false;
  erasure.note.events += late.size();
  erasure.horizon = state_.last_position;
  const auto committed = commit(erasure, late);
  if (!committed) {
    state_.note_failure(committed.error());
    return committed.error();
  }
  std::vector<RecordedErasure> erasures = now.rules->erasures();
  erasures.push_back(erasure);
  state_.publish_rules(now.rules->with_erasures(std::move(erasures)));
  return true;
}

base::Result<void> Eraser::commit(const RecordedErasure& erasure, const std::vector<model::EventSid>& late) {
  const model::WorkspaceNumber workspace = erasure.note.request.workspace;
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  TRY(insert_erased_digests(state_.connection, workspace, erasure.note.number,
                            erased_digests(state_.facts, workspace, late)));
  TRY(insert_erasure(state_.connection, erasure));
  TRY(uncount_events(state_.connection, workspace, static_cast<std::int64_t>(erasure.note.events)));
  return transaction.commit();
}

// Writes the digests of all that a view has above a position, and counts them.
base::Result<void> Eraser::note_sids(const View& view, model::Position above, RecordedErasure& erasure) {
  return for_each_named(view, erasure.note.request, erasure.note.requested, above, kErasedAtOnce,
                        [&](const std::vector<NamedEvent>& events) -> base::Result<void> {
                          std::vector<model::EventSid> sids;
                          sids.reserve(events.size());
                          for (const NamedEvent& event : events) sids.push_back(event.sid);
                          erasure.note.events += sids.size();
                          return write_sids(erasure, sids);
                        });
}

// A part of a longer work, in a transaction of its own. The writer's lock is held for it alone.
template <class Write>
auto Eraser::write_some(const Write& write) -> std::invoke_result_t<Write, sqlite::Connection&> {
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  const auto write_and_commit = [&]() REQUIRES_LOCK(state_.writer) -> std::invoke_result_t<Write, sqlite::Connection&> {
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
    auto written = write(state_.connection);
    if (written) TRY(transaction.commit());
    return written;
  };
  auto written = write_and_commit();
  if (!written) state_.note_failure(written.error());
  return written;
}

base::Result<void> Eraser::write_sids(const RecordedErasure& erasure, const std::vector<model::EventSid>& sids) {
  const model::WorkspaceNumber workspace = erasure.note.request.workspace;
  const std::vector<std::string> digests = erased_digests(state_.facts, workspace, sids);
  TRY(write_some([&](sqlite::Connection& connection) {
    return insert_erased_digests(connection, workspace, erasure.note.number, digests);
  }));
  state_.at_step("erase.noted_some");
  breathe();
  return {};
}

// As they are looked for by their sids: a variant goes if the event it belongs to was erased.
base::Result<void> Eraser::delete_variants(model::WorkspaceNumber workspace) {
  std::optional<std::int64_t> after = 0;
  for (bool again = false; after; again = true) {
    if (again) breathe();
    TRY_ASSIGN(after, write_some([&](sqlite::Connection& connection) {
                 return delete_erased_variants(connection, state_.facts, workspace, *after, kErasedAtOnce);
               }));
  }
  return {};
}

base::Result<bool> Eraser::tidy() {
  if (!has_left_over_) return false;
  const MutexLock one_at_a_time(mutex_);
  if (!has_left_over_) return false;
  TRY(take_back());
  return true;
}

base::Result<void> Eraser::take_back() {
  if (!has_left_over_) return {};
  std::optional<DigestPlace> after = DigestPlace();
  for (bool again = false; after; again = true) {
    if (again) breathe();
    TRY_ASSIGN(after, write_some([&](sqlite::Connection& connection) {
                 return delete_unfinished_digests(connection, *after, kErasedAtOnce);
               }));
  }
  has_left_over_ = false;
  return {};
}

}  // namespace waybill::store
