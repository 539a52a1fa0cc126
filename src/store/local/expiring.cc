// The part of upkeep that lets events expire.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "store/local/counting.h"
#include "store/local/erasure_table.h"
#include "store/local/reading.h"
#include "store/local/upkeep.h"

namespace waybill::store {
namespace {

using base::MutexLock;

// Whether events have expired is asked this often.
constexpr std::chrono::seconds kExpiryPause{60};
// That the clock is believed is noted this often.
constexpr std::chrono::minutes kTrustedTimePause{10};
// A file is rewritten once at least 1/kExpiredPartMin of its rows have expired.
constexpr std::uint64_t kExpiredPartMin = 2;
// Marks are raised so many at a time: no append waits longer than a moment.
constexpr std::size_t kMarksAtOnce = 256;

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

// The marks that would have to be raised at `now`: of all workspaces, or of those that have events between the old one
// and the new one.
base::Result<ExpiryMarks> Upkeep::find_due_marks(const View& view, base::WallTime now, Due which) {
  ExpiryMarks due;
  if (!view.rules->retains_less_than_all()) return due;
  std::vector<model::WorkspaceNumber> workspaces;
  {
    const MutexLock lock(state_.writer);
    TRY_ASSIGN(workspaces, workspace_numbers(state_.connection));
  }
  for (const model::WorkspaceNumber workspace : workspaces) {
    const base::WallTime mark = view.rules->mark(workspace);
    const base::WallTime oldest = view.rules->oldest_retained(workspace, now);
    if (oldest <= mark) continue;
    if (which == Due::kWithEvents) {
      const auto has_any = has_event_between(view, workspace, mark, oldest);
      // Where a damaged file does not say, there may be some.
      if (!has_any && has_any.error().code() != base::ErrorCode::kCorruption) return has_any.error();
      if (has_any && !*has_any) continue;
    }
    due.emplace(workspace, oldest);
  }
  return due;
}

// A retention that was changed after `due` was found has a grace of its own, which raises nothing.
base::Result<void> Upkeep::raise(const ExpiryMarks& due) {
  for (auto at = due.begin(); at != due.end();) {
    ExpiryMarks some;
    for (; at != due.end() && some.size() < kMarksAtOnce; ++at) some.insert(*at);
    state_.at_step("expire.before_commit");
    const MutexLock lock(state_.writer);
    if (state_.broken) return *state_.broken;
    if (state_.removal_waits(state_.parts.clock.now())) return {};
    TRY(raise_marks_and_publish(some));
  }
  return {};
}

base::Result<void> Upkeep::raise_marks_and_publish(const ExpiryMarks& raised) {
  const auto write = [&]() REQUIRES_LOCK(state_.writer) -> base::Result<void> {
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
    TRY(write_expiry_marks(state_.connection, raised));
    return transaction.commit();
  };
  auto written = write();
  if (!written) {
    state_.note_failure(written.error());
    return written;
  }
  const auto rules = state_.view().rules;
  ExpiryMarks marks = rules->marks();
  raise_marks(marks, raised);
  state_.publish_rules(rules->with_marks(std::move(marks)));
  return {};
}

base::Result<void> Upkeep::settle_marks() {
  const base::WallTime now = state_.parts.clock.now();
  {
    const MutexLock lock(state_.writer);
    if (state_.broken) return *state_.broken;
    if (state_.removal_waits(now)) return {};
  }
  TRY_ASSIGN(const ExpiryMarks due, find_due_marks(state_.view(), now, Due::kAll));
  return raise(due);
}

base::Result<void> Upkeep::settle() {
  TRY(settle_marks());
  const base::WallTime now = state_.parts.clock.now();
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  static_cast<void>(state_.removal_waits(now));
  if (state_.clock_trust.doubt()) return {};
  return write_time(now);
}

base::Result<void> Upkeep::write_time(base::WallTime now) {
  const auto write = [&]() REQUIRES_LOCK(state_.writer) -> base::Result<void> {
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
    TRY(write_trusted_time(state_.connection, now));
    return transaction.commit();
  };
  auto written = write();
  if (!written) state_.note_failure(written.error());
  return written;
}

// Whether what has expired must stay for now; says so when it is for the clock, and notes it while the clock is right.
base::Result<bool> Upkeep::removal_waits(base::WallTime now) {
  std::optional<ClockTrust::Doubt> doubt;
  bool waits = false;
  {
    const MutexLock lock(state_.writer);
    if (state_.broken) return *state_.broken;
    waits = state_.removal_waits(now);
    doubt = state_.clock_trust.doubt();
    const base::SteadyTime steady_now = state_.parts.clock.steady_now();
    if (!doubt && steady_now >= next_trusted_time_) {
      next_trusted_time_ = steady_now + kTrustedTimePause;
      TRY(write_time(now));
    }
  }
  TRY(tell_of_doubt(doubt, now));
  return waits;
}

// Once for each jump, and once when it is over.
base::Result<void> Upkeep::tell_of_doubt(const std::optional<ClockTrust::Doubt>& doubt, base::WallTime now) {
  const std::optional<base::SteadyTime> ends = doubt ? std::optional(doubt->ends) : std::nullopt;
  if (ends == told_of_doubt_) return {};
  told_of_doubt_ = ends;
  const View view = state_.view();
  if (!view.rules->retains_less_than_all()) return {};
  if (!doubt) {
    state_.parts.log.info("clock is trusted again; expired events are removed");
    return {};
  }
  TRY_ASSIGN(const Removal removal, count_hidden(view, now));
  if (removal.events == 0) return {};
  state_.parts.log.warning(
      "the clock is far ahead of the last time this store knows of, so nothing is removed until it has stayed so for "
      "an hour; whoever wants to keep the events sets their retention to never before that",
      {{"clock", base::to_second_text(now)},
       {"last_known", base::to_second_text(doubt->expected)},
       {"events", removal.events},
       {"from", base::to_millisecond_text(removal.first)},
       {"up_to", base::to_millisecond_text(removal.last)},
       {"removed_at", base::to_second_text(doubt->ends_on_wall)}});
  return {};
}

// What is hidden at `now` and has not expired for good.
base::Result<Removal> Upkeep::count_hidden(const View& view, base::WallTime now) {
  std::vector<model::WorkspaceNumber> workspaces;
  {
    const MutexLock lock(state_.writer);
    TRY_ASSIGN(workspaces, workspace_numbers(state_.connection));
  }
  Removal all{0, 0, base::kTimeMax, base::kTimeMin};
  for (const model::WorkspaceNumber workspace : workspaces) {
    const base::WallTime mark = view.rules->mark(workspace);
    TRY_ASSIGN(const Removal hidden, count_older(view, workspace, view.rules->oldest_kept(workspace, now)));
    TRY_ASSIGN(const Removal expired, count_older(view, workspace, mark));
    if (hidden.events == expired.events) continue;
    all.events += hidden.events - expired.events;
    all.first = std::min(all.first, std::max(hidden.first, mark));
    all.last = std::max(all.last, hidden.last);
  }
  return all;
}

// Raises the marks first: what stands below them can never be shown again, and only that may go.
base::Result<bool> Upkeep::remove_expired() {
  const base::WallTime now = state_.parts.clock.now();
  TRY_ASSIGN(const bool waits, removal_waits(now));
  if (waits) return false;
  const base::SteadyTime steady_now = state_.parts.clock.steady_now();
  if (state_.options.background && steady_now < next_expiry_) return false;
  TRY_ASSIGN(const ExpiryMarks due, find_due_marks(state_.view(), now, Due::kWithEvents));
  TRY(raise(due));
  const View view = state_.view();
  for (const auto& segment : view.archive->segments()) {
    // What cannot be read cannot be written anew.
    if (segment->damage()) continue;
    std::uint64_t expired = 0;
    for (const auto& [workspace, mark] : view.rules->marks()) {
      TRY_ASSIGN(const std::uint64_t rows, count_rows_before(*segment, workspace, mark));
      expired += rows;
    }
    if (expired * kExpiredPartMin < segment->summary().rows) continue;
    TRY(rewrite({segment}));
    return true;
  }
  next_expiry_ = steady_now + kExpiryPause;
  return false;
}

// Sids of events that happened before this are asked for by nobody, unless an erasure may have taken them: everything
// older has expired for good, or was never there.
base::Result<base::WallTime> Upkeep::oldest_needed_sid(const View& view) {
  const base::WallTime now = state_.parts.clock.now();
  bool waits = false;
  std::vector<model::WorkspaceNumber> workspaces;
  {
    const MutexLock lock(state_.writer);
    waits = state_.removal_waits(now);
    TRY_ASSIGN(workspaces, workspace_numbers(state_.connection));
  }
  if (workspaces.empty()) return base::kTimeMin;
  TRY_ASSIGN(const ExpiryMarks due, find_due_marks(view, now, Due::kWithEvents));
  base::WallTime oldest = base::kTimeMax;
  for (const model::WorkspaceNumber workspace : workspaces) {
    const bool is_settled = !waits && !due.contains(workspace);
    oldest = std::min(oldest, is_settled ? view.rules->oldest_kept(workspace, now) : view.rules->mark(workspace));
  }
  return oldest;
}

// Removes what was kept aside and did not come again for too long. A clock in doubt removes nothing.
base::Result<bool> Upkeep::expire_rejects() {
  const Retention& age = state_.options.rejects_for;
  const base::SteadyTime steady_now = state_.parts.clock.steady_now();
  if (!age || (state_.options.background && steady_now < next_reject_expiry_)) return false;
  next_reject_expiry_ = steady_now + kExpiryPause;
  const base::WallTime now = state_.parts.clock.now();
  if (now - *age < base::kTimeMin) return false;
  {
    const MutexLock lock(state_.writer);
    static_cast<void>(state_.removal_waits(now));
    if (state_.clock_trust.doubt()) return false;
  }
  TRY_ASSIGN(const std::uint64_t expired, rejects_->expire(now - *age));
  if (expired == 0) return false;
  state_.parts.log.info("rejects older than rejects-for removed",
                        {{"elements", expired}, {"came_last_before", base::to_second_text(now - *age)}});
  return true;
}

}  // namespace waybill::store
