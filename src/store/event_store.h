#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/event.h"
#include "model/event_query.h"
#include "model/position.h"
#include "model/sid.h"
#include "model/workspace.h"
#include "store/ledger.h"
#include "store/rejects.h"

namespace waybill::store {

// What is committed together: some events of one workspace, all of them or none. The workspace comes into being with
// its first unit.
struct Unit {
  model::AccountNumber account{};
  model::WorkspaceSid workspace;
  std::string workspace_text;  // as it was written; kept if the workspace is new
  base::WallTime arrived;
  std::vector<model::Event> events;  // at least one
};

// What a workspace is called that comes into being with `unit`: as its first event says, else its sid.
inline const std::string& friendly_name_of(const Unit& unit) {
  const std::string& name = unit.events.front().workspace_name;
  return name.empty() ? unit.workspace_text : name;
}

// What became of a unit's events; the four numbers add up to how many it had.
struct UnitOutcome {
  std::uint32_t accepted = 0;    // new: written
  std::uint32_t duplicates = 0;  // known, and told the same: nothing written
  std::uint32_t variants = 0;    // known, but told otherwise: the first copy stays, this one is kept aside
  std::uint32_t dropped = 0;     // erased before, or older than what is retained: nothing written
  friend bool operator==(const UnitOutcome&, const UnitOutcome&) = default;
};

// Whether two records of one event sid tell different stories (codec::events_differ). Pure; safe for concurrent use.
using RecordsDiffer = std::function<bool(std::string_view, std::string_view)>;

// Records of a page that the caller has cached, so that the store need not read them. A list calls it on its own
// thread.
class KnownRecords {
 public:
  KnownRecords() = default;
  KnownRecords(const KnownRecords&) = delete;
  KnownRecords& operator=(const KnownRecords&) = delete;
  virtual ~KnownRecords() = default;

  // Whether no record of the page is wanted. `events` are what was found, in the order of the answer, without records
  // as yet, and not cut by query.bytes_max.
  virtual bool has_page(std::span<const model::FoundEvent> events) = 0;

  // The length of the record of the page's event `number`, counted from 0, if that record is not wanted.
  virtual std::optional<std::size_t> has_record(std::size_t number, const model::SortKey& key) = 0;
};

// A copy of a known event that says something else than the first.
struct Variant {
  // Rises in the order in which they came; the next one's may be any higher. The numbers of the newest ones, if those
  // were erased, may come again.
  std::uint64_t number = 0;
  model::WorkspaceNumber workspace{};
  model::EventSid sid;
  base::WallTime arrived;
  std::string record;
};

// Which variants are asked for: those behind the number `after`, in their order, at most `limit`, and no more after
// those whose records reach `bytes_max`.
struct VariantQuery {
  std::optional<model::WorkspaceNumber> workspace = {};  // unset: of all
  std::uint64_t after = 0;
  std::uint32_t limit = 100;
  std::size_t bytes_max = 4UL * 1024 * 1024;
};

// The reading half. All of it is safe for concurrent use, with writing too.
class EventReader {
 public:
  EventReader() = default;
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;
  virtual ~EventReader() = default;

  // The first query.limit events that match, or as many as reach query.bytes_max, in the order of query.direction. Sees
  // every unit whose append returned before the call, and no part of one that had not been committed. With
  // query.horizon set it sees nothing above it: asking again and again under one horizon, each time after the last key
  // found, gives exactly the events that match at that horizon, each once. kCorruption if a stored event cannot be
  // read, kBusy or kIo.
  [[nodiscard]] virtual base::Result<model::FoundPage> list(const model::EventQuery& query) const = 0;

  // The same page, except that records `known` has may be empty, and that a page it has as a whole is not cut by
  // query.bytes_max.
  [[nodiscard]] virtual base::Result<model::FoundPage> list_unknown(const model::EventQuery& query,
                                                                    KnownRecords& /*known*/) const {
    return list(query);
  }

  // The event of that sid in that workspace, if there is one. Errors as list().
  [[nodiscard]] virtual base::Result<std::optional<model::FoundEvent>> find(model::WorkspaceNumber workspace,
                                                                            const model::EventSid& sid) const = 0;

  // The first variants that the query asks for; fewer than there are only where it bounds them, none only at the end.
  // Those of events that have expired may be among them. Errors as list().
  [[nodiscard]] virtual base::Result<std::vector<Variant>> variants(const VariantQuery& query) const = 0;

  // What happened before this time has expired in that workspace, and is not shown any more.
  [[nodiscard]] virtual base::WallTime oldest_shown(model::WorkspaceNumber /*workspace*/) const {
    return base::kTimeMin;
  }

  // The position at and below which everything is visible and final.
  [[nodiscard]] virtual model::Position horizon() const = 0;
};

// The writing half. For one thread at a time; the event log is that thread.
class EventWriter {
 public:
  EventWriter() = default;
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;
  virtual ~EventWriter() = default;

  // Commits `units` in their order, all together. When it returns they are on disk and visible, and an event whose sid
  // its workspace knew already is counted instead of written. On failure nothing of them is stored: kStorageFull (may
  // be tried again when there is room), kBusy (may be tried again), kCorruption or kUnavailable (something that these
  // events need cannot be read; others may fare better). After kIo, a write, a sync or a commit that failed, they may
  // turn up when the store is opened again, and it takes nothing more until then.
  virtual base::Result<std::vector<UnitOutcome>> append(std::span<const Unit> units) = 0;

  // Why nothing is taken until the store is opened again; nothing while it is. Safe for concurrent use; waits for no
  // append.
  [[nodiscard]] virtual std::optional<base::Error> stopped() const { return std::nullopt; }
};

// How much a workspace holds. What has expired counts until its bytes are gone; what was erased does not.
struct WorkspaceSummary {
  model::Workspace workspace;
  std::uint64_t events = 0;
  std::uint64_t variants = 0;
  base::WallTime first;  // of event_date_ms, erased ones included; meaningless without events
  base::WallTime last;
};

// What is to be forgotten: the events of one workspace within a span of time, all of them or those with one term.
struct ErasureRequest {
  model::WorkspaceNumber workspace{};
  std::optional<model::Term> subject;    // a task or a worker; unset: every event of the span
  base::WallTime from = base::kTimeMin;  // inclusive
  base::WallTime to = base::kTimeMax;    // inclusive
};

// The note that an erasure leaves for ever.
struct Erasure {
  std::uint64_t number = 0;
  ErasureRequest request;
  base::WallTime requested;
  std::uint64_t events = 0;                 // that were there
  std::optional<base::WallTime> completed;  // when the last of their bytes was gone from every file
};

// How long events are kept, by their time; unset: for ever.
using Retention = std::optional<std::chrono::minutes>;

// What taking events away takes, or would take.
struct Removal {
  std::uint64_t events = 0;
  std::uint64_t of_events = 0;  // those of the workspace whose bytes are there
  base::WallTime first;         // of the events that go, by their time; meaningless without events
  base::WallTime last;
  std::uint64_t rejects = 0;  // elements kept aside that an erasure takes too
};

// Taking events away. Safe for concurrent use, with reading and writing too.
class EventUpkeep {
 public:
  EventUpkeep() = default;
  EventUpkeep(const EventUpkeep&) = delete;
  EventUpkeep& operator=(const EventUpkeep&) = delete;
  virtual ~EventUpkeep() = default;

  // Forgets what the request names. When it returns, no list and no find shows any of it, which is on disk, and events
  // that come later and match, or have a sid of those that were erased, are dropped. Their bytes leave the files in the
  // background. kInvalidArgument for an empty span, kStorageFull, kBusy, kIo.
  virtual base::Result<Erasure> erase(const ErasureRequest& request) = 0;

  // All there ever were, in their order.
  [[nodiscard]] virtual base::Result<std::vector<Erasure>> erasures() const = 0;

  // The same, without doing it: what it would hide. Errors as list().
  [[nodiscard]] virtual base::Result<Removal> would_erase(const ErasureRequest& request) const = 0;

  // How long a workspace's events are kept; unset: as the store's own setting says. What is older is hidden at once. It
  // expires for good when the store's grace is over, and a longer time that is set before brings it back; what has
  // expired for good never comes back, whatever is set later, and its bytes go in the background. kNotFound if there is
  // no such workspace, kStorageFull, kBusy, kIo.
  virtual base::Result<void> set_retention(model::WorkspaceNumber workspace, std::optional<Retention> retention) = 0;
  [[nodiscard]] virtual std::optional<Retention> retention(model::WorkspaceNumber workspace) const = 0;
  // What the store's own setting says.
  [[nodiscard]] virtual Retention default_retention() const = 0;

  // What would be too old under a retention, of all a workspace has bytes of: what is hidden already counts too, and
  // what has expired for good.
  // Errors as list().
  [[nodiscard]] virtual base::Result<Removal> would_expire(model::WorkspaceNumber workspace,
                                                           const Retention& retention) const = 0;
};

// Accounts, API keys and workspaces. Safe for concurrent use, with other processes too.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  virtual ~Registry() = default;

  // `account.number` is ignored; the answer has the one it got. kConflict if the sid is taken.
  virtual base::Result<model::Account> create_account(const model::Account& account) = 0;
  // kNotFound if there is no such account.
  virtual base::Result<void> set_auth_token(const model::AccountSid& sid, const std::string& auth_token) = 0;
  virtual base::Result<void> disable_account(const model::AccountSid& sid, base::WallTime when) = 0;
  // kConflict if the sid is taken.
  virtual base::Result<void> create_key(const model::ApiKey& key) = 0;
  // kNotFound if there is no such key. Revoking twice keeps the first time.
  virtual base::Result<void> revoke_key(const model::ApiKeySid& sid, base::WallTime when) = 0;

  // All of them, disabled and revoked ones too, in the order they were made.
  [[nodiscard]] virtual base::Result<std::vector<model::Account>> accounts() const = 0;
  [[nodiscard]] virtual base::Result<std::vector<model::ApiKey>> keys() const = 0;

  // A number that rises whenever an account or a key changes, whoever changed it. Cheap enough to ask for often.
  [[nodiscard]] virtual base::Result<std::int64_t> access_version() const = 0;

  // The workspaces of an account in the order they came into being, and one of them.
  [[nodiscard]] virtual std::vector<model::Workspace> workspaces(model::AccountNumber account) const = 0;
  [[nodiscard]] virtual std::optional<model::Workspace> find_workspace(model::AccountNumber account,
                                                                       const model::WorkspaceSid& sid) const = 0;

  // All workspaces of all accounts with what they hold. Reads everything there is: not for every request.
  [[nodiscard]] virtual base::Result<std::vector<WorkspaceSummary>> summaries() const = 0;
};

// What tells this store from every other, and this life of it from one before a restore.
struct StoreIdentity {
  std::uint64_t incarnation = 0;  // changes when the store is restored from a copy
  std::string token_secret;       // key for what the API signs; never leaves the process
};

// What one kind of step of the upkeep has done since the store was opened.
struct UpkeepFigures {
  std::string name;  // seal, merge_segments, …
  std::uint64_t done = 0;
  base::SteadyTime::duration took{};
};

// A file of a store in which damage was met, and not read rightly since.
struct DamagedFile {
  enum class Kind : std::uint8_t { kSegment, kSids };
  Kind kind = Kind::kSegment;
  std::string name;         // without its folder
  std::uint64_t pages = 0;  // of 4 KiB, that were found damaged
  std::string first;        // what was told of the first of them
};

// What a store takes, and what it does in the background.
struct StoreFigures {
  std::uint64_t unsealed_events = 0;
  std::uint64_t unsealed_bytes = 0;  // of memory, with their index
  std::uint64_t segments = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t sid_files = 0;
  std::uint64_t sid_bytes = 0;
  std::uint64_t database_bytes = 0;    // with its log
  std::optional<std::string> problem;  // of the upkeep, while it lasts
  std::vector<UpkeepFigures> upkeep;
  std::vector<DamagedFile> damage;
  // Copies of known events that were kept as variants since the store was opened without being compared, since the
  // first copy could not be read.
  std::uint64_t uncompared = 0;
};

// A whole store.
class EventStore : public EventReader, public EventWriter, public EventUpkeep, public Registry {
 public:
  [[nodiscard]] virtual const StoreIdentity& identity() const = 0;
  // What is known of the completeness of its history; lives as long as the store.
  [[nodiscard]] virtual Ledger& ledger() = 0;
  // What could not be stored; lives as long as the store. erase() takes with it what may be of what it erases.
  [[nodiscard]] virtual Rejects& rejects() = 0;
  // Looks at its files' sizes: not for every request. Safe for concurrent use.
  [[nodiscard]] virtual StoreFigures figures() const = 0;
  // The files that are in use and damaged, as far as somebody has met the damage. Safe for concurrent use; waits for
  // nothing.
  [[nodiscard]] virtual std::vector<DamagedFile> damage() const { return {}; }
};

}  // namespace waybill::store
