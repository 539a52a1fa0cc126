#include "store/local/local_store.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>

#include "base/bytes.h"
#include "base/check.h"
#include "sqlite/write_ahead_log.h"
#include "store/local/erasure_table.h"
#include "store/local/manifest.h"
#include "store/local/quiet.h"
#include "store/local/reading.h"
#include "store/local/reserve.h"
#include "store/local/schema.h"
#include "store/local/variant_listing.h"
#include "store/reject_rules.h"

namespace waybill::store {

using base::MutexLock;

namespace {

// How long an append waits for sealing before it is refused.
constexpr std::chrono::milliseconds kRoomPause{10'000};
// Looks at damaged sid files that an append makes before it is refused: one for each damaged place, if the disk does
// not fail anew meanwhile.
constexpr int kLooksMax = 64;

// Reading needs no room. What a start would tidy up waits for one with room.
base::Result<void> unless_full(const base::Result<void>& tidied) {
  return tidied || tidied.error().code() == base::ErrorCode::kStorageFull ? base::Result<void>() : tidied;
}

base::Result<std::shared_ptr<const Archive>> open_archive(base::FileSystem& files, const std::filesystem::path& folder,
                                                          const Manifest& manifest, std::uint64_t store_id) {
  Segments segments;
  SidFiles sid_files;
  for (const ManifestFile& file : manifest.live) {
    const std::filesystem::path path = folder / file_name(file.number, file.kind);
    if (file.kind == FileKind::kSegment) {
      TRY_ASSIGN(auto segment, segment::Segment::open(path, store_id, &files));
      segments.push_back(std::move(segment));
    } else {
      TRY_ASSIGN(auto sid_file, segment::SidFile::open(path, store_id, &files));
      sid_files.push_back(std::move(sid_file));
    }
  }
  return std::make_shared<const Archive>(std::move(segments), std::move(sid_files));
}

}  // namespace

struct LocalStore::Batch {
  explicit Batch(std::uint64_t hash_key, View taken, base::WallTime time, bool removal_waits)
      : view(std::move(taken)), now(time), waits(removal_waits), fresh(0, EventIdHash(hash_key)) {}

  // What happened before this has expired, and is as if it had never been.
  [[nodiscard]] base::WallTime oldest(model::WorkspaceNumber workspace) const {
    return waits ? view.rules->mark(workspace) : view.rules->oldest_kept(workspace, now);
  }

  struct Count {
    std::int64_t events = 0;
    base::WallTime first = base::kTimeMax;
    base::WallTime last = base::kTimeMin;
  };

  const View view;
  const base::WallTime now;
  const bool waits;  // what is older than its retention may still come back
  model::Position last = model::kNoPosition;
  std::vector<UnitOutcome> outcomes;
  std::vector<model::Workspace> workspaces;
  std::vector<TailEvent> events;
  std::vector<std::pair<EventId, model::SortKey>> ids;
  EventIdMap<const model::Event*> fresh;
  std::map<model::WorkspaceNumber, Count> counts;
  std::vector<Archive::UnseenPlace> unseen;  // where the batch ends until somebody has looked
  std::uint64_t uncompared = 0;              // variants whose first copies cannot be read
  std::string why_uncompared;
  ExpiryMarks reborn;  // where a sid comes again whose event has expired: that must then be so for good
};

base::Result<std::unique_ptr<LocalStore>> LocalStore::open(const std::filesystem::path& folder, const LocalParts& parts,
                                                           LocalOptions options) {
  TRY(base::make_private_folder(folder));
  // Before anything is written: the lock's own file tells when the store was used last.
  const auto newest_file = newest_file_time(folder);
  TRY_ASSIGN(base::FileLock lock, base::FileLock::take(folder / kLockFile));
  TRY(base::make_private_folder(folder / kSegmentFolder));
  TRY(parts.files.sync_folder(folder));
  if (options.vfs.empty()) TRY(sqlite::check_write_ahead_log(folder / kDatabaseFile));
  TRY_ASSIGN(OpenedDatabase database, open_database(folder, parts.random, options.vfs));
  if (database.format_found < kDatabaseFormat) {
    parts.log.info("data directory upgraded; earlier releases cannot open it",
                   {{"directory", folder.string()}, {"from", database.format_found}, {"to", kDatabaseFormat}});
  }
  if (!database.log_is_saved) {
    parts.log.warning(
        "the write-ahead log could not be moved into the database yet, since another process reads an earlier state",
        {{"directory", folder.string()}});
  }
  sqlite::Connection& connection = database.connection;
  if (options.retains_as_confirmed) {
    TRY_ASSIGN(const auto confirmed, read_confirmed_retention(connection));
    options.retention = confirmed.value_or(Retention());
  }
  TRY_ASSIGN(StoreFacts facts, read_facts(connection));
  TRY_ASSIGN(LogTable log, LogTable::make(connection));
  TRY_ASSIGN(VariantTable variants, VariantTable::make(connection));
  TRY_ASSIGN(sqlite::Connection for_registry, open_existing_database(folder, options.vfs));
  TRY_ASSIGN(auto ledger, SqlLedger::open(folder, options.vfs));
  const auto hash_key = parts.random.bytes<sizeof(std::uint64_t)>();
  std::unique_ptr<LocalStore> store(
      new LocalStore(folder, std::move(lock), std::move(facts), std::move(options), parts, std::move(connection),
                     std::move(log), std::move(variants), std::make_unique<SqlRegistry>(std::move(for_registry)),
                     std::move(ledger), base::get_le<std::uint64_t>(base::as_text(hash_key), 0)));
  TRY_ASSIGN(store->rejects_, SqlRejects::open(folder, store->state_.options.reject_limits, store->state_.options.vfs,
                                               store->reject_guard()));
  TRY(store->load(newest_file));
  if (store->state_.options.vfs.empty()) keep_reserve(folder);
  if (store->state_.options.background) store->upkeep_.start();
  return store;
}

LocalStore::LocalStore(const std::filesystem::path& folder, base::FileLock lock, StoreFacts facts, LocalOptions options,
                       const LocalParts& parts, sqlite::Connection connection, LogTable log, VariantTable variants,
                       std::unique_ptr<SqlRegistry> registry, std::unique_ptr<SqlLedger> ledger, std::uint64_t hash_key)
    : hash_key_(hash_key),
      state_(folder, std::move(lock), std::move(facts), std::move(options), parts, std::move(connection),
             std::move(log), hash_key),
      variants_(std::move(variants)),
      registry_(std::move(registry)),
      ledger_(std::move(ledger)),
      checkpointer_(folder / kDatabaseFile, state_.options.vfs, [this] { return is_quiet_now(); }),
      eraser_(state_),
      upkeep_(state_, {rejects_, eraser_, checkpointer_}) {}

LocalStore::~LocalStore() {
  // What cannot be noted here is noted by the next upkeep.
  if (is_loaded_) static_cast<void>(upkeep_.settle().has_value());
}

RejectGuard LocalStore::reject_guard() {
  return {[this]() -> std::optional<base::Error> {
            const MutexLock lock(state_.writer);
            return state_.broken;
          },
          [this](const base::Error& error) {
            const MutexLock lock(state_.writer);
            state_.note_failure(error);
          }};
}

// Opens the archive's files, and reads the log; no record is looked into and no JSON parsed.
base::Result<void> LocalStore::load(const std::optional<base::WallTime>& newest_file) {
  TRY_ASSIGN(const auto workspaces, registry_->all_workspaces());
  {
    const MutexLock lock(mutex_);
    for (const model::Workspace& workspace : workspaces) {
      workspaces_.emplace(WorkspaceKey(workspace.account, workspace.sid), workspace);
    }
  }
  TRY_ASSIGN(const model::Position sealed_through, load_archive());
  TRY(load_tail(sealed_through));
  const MutexLock lock(state_.writer);
  TRY(judge_clock(newest_file));
  is_loaded_ = true;
  return {};
}

// Gives the position through which the archive goes.
base::Result<model::Position> LocalStore::load_archive() {
  const MutexLock lock(state_.writer);
  TRY_ASSIGN(const Manifest manifest, read_manifest(state_.connection));
  TRY(tidy_folder(state_.parts.files, state_.segment_folder(), manifest));
  std::vector<std::uint64_t> gone;
  for (const ManifestFile& file : manifest.obsolete) gone.push_back(file.number);
  TRY(unless_full(forget_files(state_.connection, gone)));
  const auto tidied = forget_unfinished_erasures(state_.connection);
  TRY(unless_full(tidied));
  if (!tidied) eraser_.note_left_over();
  TRY_ASSIGN(auto archive, open_archive(state_.parts.files, state_.segment_folder(), manifest, state_.facts.store_id));
  TRY_ASSIGN(auto erasures, read_erasures(state_.connection));
  TRY_ASSIGN(auto own, read_retention(state_.connection));
  state_.next_file = manifest.next_number;
  state_.has_forgotten_sids = manifest.has_forgotten_sids;
  state_.sealed_through = manifest.sealed_through;
  state_.last_position = manifest.sealed_through;
  state_.publish_archive(std::move(archive));
  TRY_ASSIGN(auto marks, read_expiry_marks(state_.connection));
  state_.publish_rules(
      std::make_shared<const Rules>(state_.options.retention, std::move(own), std::move(erasures), std::move(marks)));
  state_.delay_removal();
  TRY_ASSIGN(const auto confirmed, read_confirmed_retention(state_.connection));
  const MutexLock lock_known(mutex_);
  confirmed_ = confirmed;
  return manifest.sealed_through;
}

// A log that is larger than the tail may be, such as a release left that bounded it by rows, is sealed part by part. A
// disk that has no room for that must not keep the store from being read, so then all of it is loaded.
base::Result<void> LocalStore::load_tail(model::Position sealed_through) {
  LogReader reader(sealed_through);
  for (bool can_seal = true;;) {
    {
      const MutexLock lock(state_.writer);
      TRY_ASSIGN(std::vector<TailEvent> events, reader.next(state_.connection));
      const bool is_last = events.empty();
      if (!is_last) take_over(std::move(events));
      state_.publish_tail(state_.last_position);
      if (is_last) return {};
      if (!can_seal || !state_.is_tail_full()) continue;
    }
    const auto sealed = upkeep_.seal_while_loading();
    can_seal = sealed.has_value();
    if (can_seal) continue;
    state_.parts.log.warning("log not sealed while loading; all of it stays in memory",
                             {{"reason", sealed.error().message()}});
  }
}

void LocalStore::take_over(std::vector<TailEvent> events) {
  std::vector<std::pair<EventId, model::SortKey>> ids;
  ids.reserve(events.size());
  for (const TailEvent& event : events) ids.emplace_back(EventId{event.row.workspace, event.sid}, event.row.key);
  state_.last_position = events.back().row.key.position;
  state_.tail_sids.insert(ids);
  state_.tail.append(std::move(events));
}

bool LocalStore::is_quiet_now() {
  const MutexLock lock(state_.writer);
  return is_quiet(state_);
}

// Sees to it that damage which an answer has met is told.
template <class T>
base::Result<T> LocalStore::noted(base::Result<T> answer) const {
  if (!answer && answer.error().code() == base::ErrorCode::kCorruption) {
    state_.damage_log.look(*state_.view().archive);
  }
  return answer;
}

std::vector<DamagedFile> LocalStore::damage() const { return state_.view().archive->damage(); }

base::Result<model::FoundPage> LocalStore::list(const model::EventQuery& query) const {
  return noted(list_events(SidPlaces(state_), state_.view(), query, state_.parts.clock.now()));
}

base::Result<model::FoundPage> LocalStore::list_unknown(const model::EventQuery& query, KnownRecords& known) const {
  return noted(list_events(SidPlaces(state_), state_.view(), query, state_.parts.clock.now(), &known));
}

base::Result<std::optional<model::FoundEvent>> LocalStore::find(model::WorkspaceNumber workspace,
                                                                const model::EventSid& sid) const {
  const View view = state_.view();
  const base::WallTime oldest = view.rules->oldest_kept(workspace, state_.parts.clock.now());
  TRY_ASSIGN(auto found, noted(look_up(SidPlaces(state_), view, {workspace, sid}, oldest)));
  if (!found.event || found.is_erased) return std::optional<model::FoundEvent>();
  return std::optional(model::FoundEvent{found.event->key, std::move(found.event->record)});
}

base::Result<std::vector<Variant>> LocalStore::variants(const VariantQuery& query) const {
  return list_variants(state_.folder, query);
}

base::WallTime LocalStore::oldest_shown(model::WorkspaceNumber workspace) const {
  return state_.view().rules->oldest_kept(workspace, state_.parts.clock.now());
}

model::Position LocalStore::horizon() const { return state_.view().horizon; }

// A look at a damaged sid file takes as long as reading all sids, so it is made without the lock, and the batch then
// begins anew.
base::Result<std::vector<UnitOutcome>> LocalStore::append(std::span<const Unit> units) {
  for (int looks = 0;; ++looks) {
    std::vector<Archive::UnseenPlace> unseen;
    auto outcomes = append_if_seen(units, unseen);
    if (outcomes || unseen.empty() || looks == kLooksMax) return outcomes;
    state_.at_step("append.look_at_damage");
    for (const auto& place : unseen) TRY(state_.view().archive->look_at(place, state_.facts.sid_key));
  }
}

base::Result<std::vector<UnitOutcome>> LocalStore::append_if_seen(std::span<const Unit> units,
                                                                  std::vector<Archive::UnseenPlace>& unseen) {
  const base::SteadyTime asked = state_.parts.clock.steady_now();
  const MutexLock lock(state_.writer);
  note_wait(asked);
  if (state_.broken) return *state_.broken;
  TRY(wait_for_room());
  const base::WallTime now = state_.parts.clock.now();
  Batch batch(hash_key_, state_.view(), now, state_.removal_waits(now));
  auto outcomes = commit_or_shortage(units, batch);
  if (!outcomes) {
    state_.note_failure(outcomes.error());
    unseen = std::move(batch.unseen);
    return outcomes;
  }
  if (batch.uncompared > 0) {
    state_.damage_log.look(*batch.view.archive);
    state_.damage_log.count_uncompared(batch.uncompared, batch.why_uncompared);
  }
  publish(std::move(batch));
  return outcomes;
}

// Memory may run out wherever the transaction is built; nothing of it is left then.
base::Result<std::vector<UnitOutcome>> LocalStore::commit_or_shortage(std::span<const Unit> units, Batch& batch) {
  try {
    return commit(units, batch);
  } catch (const std::bad_alloc&) {
    return base::busy("memory has run out");
  }
}

void LocalStore::note_wait(base::SteadyTime since) {
  const auto waited =
      std::chrono::duration_cast<std::chrono::microseconds>(state_.parts.clock.steady_now() - since).count();
  if (waited > longest_wait_us_) longest_wait_us_ = waited;
}

base::Result<void> LocalStore::wait_for_room() {
  const base::SteadyTime end = state_.parts.clock.steady_now() + kRoomPause;
  while (state_.is_tail_full() && state_.options.background) {
    upkeep_.wake();
    state_.tail_shrank.wait_for(state_.writer, std::chrono::milliseconds(100));
    if (state_.broken) return *state_.broken;
    if (state_.parts.clock.steady_now() < end) continue;
    const auto problem = upkeep_.problem();
    if (problem && problem->code() == base::ErrorCode::kStorageFull) return *problem;
    return base::busy("events come faster than they can be sealed" +
                      (problem ? ": " + problem->message() : std::string()));
  }
  return {};
}

base::Result<std::vector<UnitOutcome>> LocalStore::commit(std::span<const Unit> units, Batch& batch) {
  batch.last = state_.last_position;
  const base::SteadyTime asked = state_.parts.clock.steady_now();
  TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(state_.connection));
  note_wait(asked);
  for (const Unit& unit : units) {
    CHECK(!unit.events.empty());
    batch.outcomes.emplace_back();
    TRY_ASSIGN(const model::WorkspaceNumber workspace, ensure_workspace(unit, batch));
    for (const model::Event& event : unit.events) TRY(append_event(workspace, unit, event, batch));
  }
  TRY(state_.log.append(batch.events));
  TRY(count_events(batch));
  if (!batch.reborn.empty()) TRY(write_expiry_marks(state_.connection, batch.reborn));
  state_.at_step("append.before_commit");
  TRY(transaction.commit());
  state_.at_step("append.committed");
  // Nothing may fail any more, for want of memory either.
  return std::move(batch.outcomes);
}

base::Result<model::WorkspaceNumber> LocalStore::ensure_workspace(const Unit& unit, Batch& batch) {
  if (const auto known = find_workspace(unit.account, unit.workspace)) return known->number;
  for (const model::Workspace& made : batch.workspaces) {
    if (made.account == unit.account && made.sid == unit.workspace) return made.number;
  }
  TRY_ASSIGN(sqlite::Statement insert,
             state_.connection.prepare("INSERT INTO workspaces (account, sid, sid_text, friendly_name, created_ms) "
                                       "VALUES (?, ?, ?, ?, ?)"));
  const std::string sid = unit.workspace.to_text();
  const std::string& name = friendly_name_of(unit);
  TRY(insert.run(static_cast<std::int64_t>(unit.account), std::string_view(sid), std::string_view(unit.workspace_text),
                 std::string_view(name), base::to_ms(unit.arrived)));
  const model::WorkspaceNumber number{static_cast<std::uint32_t>(state_.connection.last_insert_id())};
  batch.workspaces.push_back({number, unit.account, unit.workspace, unit.workspace_text, name, unit.arrived});
  return number;
}

// What the copy that its workspace has, if there is one, makes of `event`.
base::Result<LocalStore::Known> LocalStore::compare_with_known(const EventId& id, const model::Event& event,
                                                               Batch& batch) {
  const auto compared = [&](std::string_view record) {
    if (record == event.record) return Known::kSame;
    return state_.parts.differ(record, event.record) ? Known::kOther : Known::kSame;
  };
  if (const auto fresh = batch.fresh.find(id); fresh != batch.fresh.end()) return compared(fresh->second->record);
  const base::WallTime oldest = batch.oldest(id.workspace);
  SidPlaces places(state_);
  places.unseen = &batch.unseen;
  auto known = look_up(places, batch.view, id, oldest);
  // A read may fail once and not again.
  if (!known && known.error().code() == base::ErrorCode::kCorruption) {
    known = look_up(places, batch.view, id, oldest);
  }
  // A copy that cannot be read tells nothing, so the newcomer is kept aside; it may be the last good one.
  if (!known && known.error().code() == base::ErrorCode::kCorruption) {
    TRY_ASSIGN(const bool is_erased, is_erased_sid(state_.connection, state_.facts, id.workspace, id.sid));
    if (is_erased) return Known::kDropped;
    if (batch.uncompared++ == 0) batch.why_uncompared = known.error().message();
    return Known::kOther;
  }
  if (!known) return known.error();
  if (known->event) return known->is_erased ? Known::kDropped : compared(known->event->record);
  const bool sid_was_here = known->sid_is_known || state_.tail_sids.find(id).has_value();
  if (sid_was_here) note_rebirth(id, batch);
  if (!sid_was_here && !state_.has_forgotten_sids) return Known::kNew;
  TRY_ASSIGN(const bool is_erased, is_erased_sid(state_.connection, state_.facts, id.workspace, id.sid));
  return is_erased ? Known::kDropped : Known::kNew;
}

// That a sid comes again is irrevocable: from then on the event that had it has expired for good, so that no retention
// shows both.
void LocalStore::note_rebirth(const EventId& id, Batch& batch) {
  if (batch.waits) return;
  const base::WallTime oldest = batch.oldest(id.workspace);
  if (oldest > batch.view.rules->mark(id.workspace)) batch.reborn.emplace(id.workspace, oldest);
}

base::Result<void> LocalStore::append_event(model::WorkspaceNumber workspace, const Unit& unit,
                                            const model::Event& event, Batch& batch) {
  UnitOutcome& outcome = batch.outcomes.back();
  if (batch.view.rules->fate(workspace, event.time, event.terms, batch.oldest(workspace)) != Fate::kKept) {
    ++outcome.dropped;
    return {};
  }
  const EventId id{workspace, event.sid};
  TRY_ASSIGN(const Known known, compare_with_known(id, event, batch));
  switch (known) {
    case Known::kSame: ++outcome.duplicates; return {};
    case Known::kDropped: ++outcome.dropped; return {};
    case Known::kOther: ++outcome.variants; return variants_.insert(workspace, event, unit.arrived);
    case Known::kNew: break;
  }
  const model::SortKey key{event.time, model::Position{to_number(batch.last) + 1}};
  batch.last = key.position;
  batch.fresh.emplace(id, &event);
  batch.ids.emplace_back(id, key);
  batch.events.push_back({{key, workspace, event.terms}, event.sid, event.record});
  Batch::Count& count = batch.counts[workspace];
  ++count.events;
  count.first = std::min(count.first, event.time);
  count.last = std::max(count.last, event.time);
  ++outcome.accepted;
  return {};
}

base::Result<void> LocalStore::count_events(const Batch& batch) {
  if (batch.counts.empty()) return {};
  TRY_ASSIGN(sqlite::Statement update,
             state_.connection.prepare("UPDATE workspaces SET events = events + ?, "
                                       "first_ms = min(coalesce(first_ms, ?2), ?2), "
                                       "last_ms = max(coalesce(last_ms, ?3), ?3) WHERE number = ?4"));
  for (const auto& [workspace, count] : batch.counts) {
    TRY(update.run(count.events, base::to_ms(count.first), base::to_ms(count.last),
                   static_cast<std::int64_t>(workspace)));
  }
  return {};
}

// From here on nothing can fail: memory follows what the disk holds. Sids and workspaces come first, so that whoever
// sees an event also finds it by them.
void LocalStore::publish(Batch&& batch) {
  state_.last_position = batch.last;
  if (!batch.reborn.empty()) {
    ExpiryMarks marks = batch.view.rules->marks();
    raise_marks(marks, batch.reborn);
    state_.publish_rules(batch.view.rules->with_marks(std::move(marks)));
  }
  state_.tail_sids.insert(batch.ids);
  {
    const MutexLock lock(mutex_);
    for (model::Workspace& workspace : batch.workspaces) {
      const WorkspaceKey key(workspace.account, workspace.sid);
      workspaces_.emplace(key, std::move(workspace));
    }
  }
  if (batch.events.empty()) return;
  state_.tail.append(std::move(batch.events));
  state_.publish_tail(batch.last);
  state_.last_append = state_.parts.clock.steady_now();
  if (state_.is_tail_large()) upkeep_.wake();
}

base::Result<Erasure> LocalStore::erase(const ErasureRequest& request) {
  const auto drop_rejects = [&]() -> base::Result<void> {
    if (request.to < request.from) return {};
    TRY_ASSIGN(const auto erasure, reject_erasure(request));
    if (erasure) TRY(erase_rejects(*rejects_, *erasure));
    return {};
  };
  TRY(drop_rejects());
  auto erased = eraser_.erase(request);
  if (!erased) return erased;
  upkeep_.wake();
  // What was kept aside until the erasure was on disk goes too.
  TRY(drop_rejects());
  return erased;
}

base::Result<std::vector<Erasure>> LocalStore::erasures() const {
  // A view of its own: the loop alone would not keep the rules alive while upkeep replaces them.
  const View view = state_.view();
  std::vector<Erasure> out;
  for (const RecordedErasure& erasure : view.rules->erasures()) out.push_back(erasure.note);
  return out;
}

StoreFigures LocalStore::figures() const {
  const View view = state_.view();
  StoreFigures figures;
  figures.unsealed_events = view.tail.size();
  figures.unsealed_bytes = view.tail.bytes();
  for (const auto& segment : view.archive->segments()) {
    ++figures.segments;
    figures.segment_bytes += segment->file_bytes();
  }
  for (const auto& sids : view.archive->sid_files()) {
    ++figures.sid_files;
    figures.sid_bytes += sids->file_bytes();
  }
  for (const char* suffix : {"", "-wal"}) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(state_.folder / (kDatabaseFile + std::string(suffix)), missing);
    if (!missing) figures.database_bytes += bytes;
  }
  if (const auto problem = upkeep_.problem()) figures.problem = problem->message();
  figures.upkeep = upkeep_.figures();
  figures.damage = view.archive->damage();
  figures.uncompared = state_.damage_log.uncompared();
  return figures;
}

void LocalStore::limit_pages_for_test(std::int64_t pages) {
  const MutexLock lock(state_.writer);
  CHECK(state_.connection.execute("PRAGMA max_page_count = " + std::to_string(pages)));
}

std::vector<model::Workspace> LocalStore::workspaces(model::AccountNumber account) const {
  std::vector<model::Workspace> out;
  {
    const MutexLock lock(mutex_);
    for (const auto& [key, workspace] : workspaces_) {
      if (key.first == account) out.push_back(workspace);
    }
  }
  std::sort(out.begin(), out.end(),
            [](const model::Workspace& a, const model::Workspace& b) { return a.number < b.number; });
  return out;
}

std::optional<model::Workspace> LocalStore::find_workspace(model::AccountNumber account,
                                                           const model::WorkspaceSid& sid) const {
  const MutexLock lock(mutex_);
  const auto at = workspaces_.find({account, sid});
  return at == workspaces_.end() ? std::nullopt : std::optional(at->second);
}

base::Result<model::Account> LocalStore::create_account(const model::Account& account) {
  return registry_->create_account(account);
}
base::Result<void> LocalStore::set_auth_token(const model::AccountSid& sid, const std::string& auth_token) {
  return registry_->set_auth_token(sid, auth_token);
}
base::Result<void> LocalStore::disable_account(const model::AccountSid& sid, base::WallTime when) {
  return registry_->disable_account(sid, when);
}
base::Result<void> LocalStore::create_key(const model::ApiKey& key) { return registry_->create_key(key); }
base::Result<void> LocalStore::revoke_key(const model::ApiKeySid& sid, base::WallTime when) {
  return registry_->revoke_key(sid, when);
}
base::Result<std::vector<model::Account>> LocalStore::accounts() const { return registry_->accounts(); }
base::Result<std::vector<model::ApiKey>> LocalStore::keys() const { return registry_->keys(); }
base::Result<std::int64_t> LocalStore::access_version() const { return registry_->access_version(); }
base::Result<std::vector<WorkspaceSummary>> LocalStore::summaries() const { return registry_->summaries(); }

}  // namespace waybill::store
