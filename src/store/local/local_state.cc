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
      connection(std::move(database)),
      log(std::move(log_table)),
      last_append(parts.clock.steady_now()) {}

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

std::shared_ptr<const Rules> LocalState::make_rules(std::map<model::WorkspaceNumber, Retention> own,
                                                    std::vector<RecordedErasure> erasures) const {
  return std::make_shared<const Rules>(options.retention, std::move(own), std::move(erasures),
                                       removal_begins.has_value());
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

void LocalState::note_failure(const base::Error& error) {
  const bool may_be_tried_again =
      error.code() == base::ErrorCode::kStorageFull || error.code() == base::ErrorCode::kBusy;
  if (!may_be_tried_again && !broken) broken = error;
}

}  // namespace waybill::store
