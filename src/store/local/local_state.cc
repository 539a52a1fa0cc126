#include "store/local/local_state.h"

namespace waybill::store {

LocalState::LocalState(std::filesystem::path data_folder, base::FileLock folder_lock, StoreFacts store_facts,
                       LocalOptions store_options, const LocalParts& store_parts, sqlite::Connection database,
                       LogTable log_table, std::uint64_t hash_key)
    : folder(std::move(data_folder)),
      lock(std::move(folder_lock)),
      facts(std::move(store_facts)),
      options(std::move(store_options)),
      parts(store_parts),
      tail_sids(hash_key),
      damage_log(parts.log),
      writer(options.writer_observer),
      connection(std::move(database)),
      log(std::move(log_table)),
      tail(hash_key),
      last_append(parts.clock.steady_now()),
      clock_trust({}, {parts.clock.now(), parts.clock.steady_now()}) {}

View LocalState::view() const {
  const base::MutexLock lock_view(view_mutex_);
  return view_;
}

void LocalState::publish_tail(model::Position horizon) {
  const base::MutexLock lock_view(view_mutex_);
  view_.tail = tail.view();
  view_.horizon = horizon;
}

void LocalState::publish_archive(std::shared_ptr<const Archive> archive) {
  const base::MutexLock lock_view(view_mutex_);
  view_.tail = tail.view();
  view_.archive = std::move(archive);
}

void LocalState::publish_rules(std::shared_ptr<const Rules> rules) {
  const base::MutexLock lock_view(view_mutex_);
  view_.rules = std::move(rules);
}

bool LocalState::is_tail_large() const {
  return tail.view().size() >= options.seal_rows || tail.view().bytes() >= options.seal_bytes;
}

bool LocalState::is_tail_full() const {
  return tail.view().size() >= options.tail_rows_max || tail.view().bytes() >= options.tail_bytes_max;
}

void LocalState::delay_removal() {
  if (options.removal_grace.count() > 0) removal_begins = parts.clock.steady_now() + options.removal_grace;
}

bool LocalState::removal_waits(base::WallTime now) {
  const base::SteadyTime steady_now = parts.clock.steady_now();
  clock_trust.observe({now, steady_now});
  if (removal_begins && steady_now < *removal_begins) return true;
  removal_begins.reset();
  return clock_trust.doubt().has_value();
}

void LocalState::note_failure(const base::Error& error) {
  if (error.code() != base::ErrorCode::kIo || broken) return;
  broken = error;
  const base::MutexLock lock_view(view_mutex_);
  broken_to_see_ = error;
}

std::optional<base::Error> LocalState::why_broken() const {
  const base::MutexLock lock_view(view_mutex_);
  return broken_to_see_;
}

}  // namespace waybill::store
