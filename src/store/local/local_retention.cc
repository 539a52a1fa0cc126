// The part of the embedded store that says how long events are kept, and whether its clock may be believed.
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "store/local/counting.h"
#include "store/local/erasure_table.h"
#include "store/local/local_store.h"
#include "store/local/reading.h"

namespace waybill::store {

using base::MutexLock;

// Holds the clock against what the store knows of the time.
base::Result<void> LocalStore::judge_clock(const std::optional<base::WallTime>& newest_file) {
  TRY_ASSIGN(const auto evidence, read_time_evidence(state_.connection, newest_file));
  const ClockTrust::Reading now{state_.parts.clock.now(), state_.parts.clock.steady_now()};
  state_.clock_trust = ClockTrust(evidence, now);
  first_removal_after_ = state_.options.removal_grace;
  if (const auto& doubt = state_.clock_trust.doubt()) {
    first_removal_after_ =
        std::max(first_removal_after_, std::chrono::ceil<std::chrono::milliseconds>(doubt->ends - now.steady));
    TRY_ASSIGN(const auto noted, read_trusted_time(state_.connection));
    if (!noted) return keep_evidence(*evidence);
  }
  return {};
}

// Before this process's own doings, whose times are in doubt, are the newest that the store knows. Without room the
// next start judges by them.
base::Result<void> LocalStore::keep_evidence(base::WallTime evidence) {
  const auto write = [&]() REQUIRES_LOCK(state_.writer) -> base::Result<void> {
    TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
    TRY(write_trusted_time(state_.connection, evidence));
    return transaction.commit();
  };
  auto written = write();
  if (!written && written.error().code() == base::ErrorCode::kStorageFull) return {};
  return written;
}

base::Result<void> LocalStore::set_retention(model::WorkspaceNumber workspace, std::optional<Retention> retention) {
  // What the present retentions have let expire has done so for good, in every workspace: the grace that follows is for
  // what the new one hides.
  TRY(upkeep_.settle_marks());
  const base::WallTime now = state_.parts.clock.now();
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  const auto rules = state_.view().rules;
  ExpiryMarks marks = rules->marks();
  const base::WallTime oldest = rules->oldest_kept(workspace, now);
  if (oldest > base::kTimeMin && !state_.removal_waits(now)) raise_marks(marks, {{workspace, oldest}});
  auto done = write_own_retention(workspace, retention, marks);
  if (!done) {
    state_.note_failure(done.error());
    return done;
  }
  auto own = rules->own_retention();
  if (retention) {
    own[workspace] = *retention;
  } else {
    own.erase(workspace);
  }
  if (own != rules->own_retention()) state_.delay_removal();
  state_.publish_rules(rules->with_own_retention(std::move(own))->with_marks(std::move(marks)));
  return {};
}

base::Result<void> LocalStore::write_own_retention(model::WorkspaceNumber workspace,
                                                   const std::optional<Retention>& retention,
                                                   const ExpiryMarks& marks) {
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  TRY(write_retention(state_.connection, workspace, retention));
  if (const auto mark = marks.find(workspace); mark != marks.end()) {
    TRY(write_expiry_marks(state_.connection, {*mark}));
  }
  return transaction.commit();
}

base::Result<Removal> LocalStore::would_erase(const ErasureRequest& request) const {
  if (request.to < request.from) return base::invalid_argument("the span to be erased ends before it begins");
  TRY_ASSIGN(Removal removal, count_named(state_.view(), request, state_.parts.clock.now()));
  TRY_ASSIGN(const auto erasure, reject_erasure(request));
  if (!erasure) return removal;
  TRY_ASSIGN(const auto rejects, find_rejects(*rejects_, *erasure));
  removal.rejects = rejects.size();
  return removal;
}

base::Result<std::optional<RejectErasure>> LocalStore::reject_erasure(const ErasureRequest& request) const {
  TRY_ASSIGN(const auto workspaces, registry_->all_workspaces());
  for (const model::Workspace& workspace : workspaces) {
    if (workspace.number != request.workspace) continue;
    return std::optional<RejectErasure>({workspace.account, workspace.sid, request.subject, request.from});
  }
  return std::optional<RejectErasure>();
}

base::Result<Removal> LocalStore::would_expire(model::WorkspaceNumber workspace, const Retention& retention) const {
  const View view = state_.view();
  const Rules rules(retention, {}, {}, view.rules->marks());
  return count_older(view, workspace, rules.oldest_kept(workspace, state_.parts.clock.now()));
}

std::optional<Retention> LocalStore::confirmed_retention() const {
  const MutexLock lock(mutex_);
  return confirmed_;
}

base::Result<void> LocalStore::confirm_retention() {
  const Retention& retention = state_.options.retention;
  if (confirmed_retention() == std::optional<Retention>(std::in_place, retention)) return {};
  const MutexLock lock(state_.writer);
  if (state_.broken) return *state_.broken;
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  TRY(write_confirmed_retention(state_.connection, retention));
  auto done = transaction.commit();
  if (!done) {
    state_.note_failure(done.error());
    return done;
  }
  const MutexLock lock_known(mutex_);
  confirmed_.emplace(retention);
  return {};
}

std::optional<Retention> LocalStore::retention(model::WorkspaceNumber workspace) const {
  const auto rules = state_.view().rules;
  const auto at = rules->own_retention().find(workspace);
  return at == rules->own_retention().end() ? std::nullopt : std::optional<Retention>(std::in_place, at->second);
}

}  // namespace waybill::store
