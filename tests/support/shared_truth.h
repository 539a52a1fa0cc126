#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "model/event.h"
#include "model/event_query.h"
#include "store/event_store.h"

namespace waybill::testing {

// Counts what happens in all threads: of two things, the one that ended before the other began has the lower ticks.
using Tick = std::uint64_t;
constexpr Tick kNever = std::numeric_limits<Tick>::max();

// What a store must hold that several threads use at once, kept outside it.
//
// Each sid belongs to one writer, which waits for the outcome of each unit. What takes events away is a list of changes
// for each workspace, and of one workspace one change is under way at a time. So a unit falls between two changes, and
// its outcome says between which: only those that were under way with it are in question. Where its outcome leaves
// several possible that differ for one of its events, that event is in doubt, and may be shown or not.
//
// Safe for concurrent use; a Sid is for its writer alone.
class SharedTruth {
 public:
  static constexpr std::uint8_t kWorkspaces = 3;

  struct Entry;
  struct Sid {
    model::EventSid sid{model::SidBytes{}};
    std::uint8_t workspace = 0;
    std::size_t number = 0;
    const Entry* last = nullptr;  // as its writer sent it last
    Entry* copy = nullptr;        // that the store took last
    std::uint32_t copies = 0;     // that it took; more than one if they expired
    bool is_in_doubt = false;     // not to be sent again
  };
  enum class State : std::uint8_t { kUnsent, kPending, kTaken, kVariant, kDropped, kInDoubt, kRefused };
  // One form of an event: its record is its own, and says its number.
  struct Entry {
    std::size_t number = 0;
    Sid* sid = nullptr;
    base::WallTime time;
    model::TermList terms;
    std::string record;
    // Under the truth's lock:
    State state = State::kUnsent;
    bool was_variant = false;
    Tick sent = kNever;        // last
    Tick acked = kNever;       // as taken
    std::size_t taken_at = 0;  // so many changes came before
    model::Position position = model::kNoPosition;
  };
  // What is wrong; nothing if all is well.
  using Complaint = std::optional<std::string>;

  [[nodiscard]] Tick tick() { return ++ticks_; }

  // ---- what writers send

  Sid* new_sid(std::uint8_t workspace);
  const Entry* new_entry(Sid* sid, base::WallTime time, model::TermList terms, std::size_t record_bytes);
  Tick begin_unit(std::uint8_t workspace, std::span<const Entry* const> entries);
  // REQUIRES: `entries` are what begin_unit() got. A unit is refused of which nothing was stored.
  Complaint end_unit(std::uint8_t workspace, std::span<const Entry* const> entries, Tick begun,
                     const store::UnitOutcome& outcome);
  void refuse_unit(std::span<const Entry* const> entries);

  // ---- what takes events away. REQUIRES: one at a time of a workspace.

  void begin_erasure(std::uint8_t workspace, const store::ErasureRequest& request);
  void begin_expiry(std::uint8_t workspace, base::WallTime oldest);
  void end_change(std::uint8_t workspace);
  void end_erasure(std::uint8_t workspace, const store::Erasure& erasure);
  [[nodiscard]] base::WallTime oldest(std::uint8_t workspace) const;

  // ---- what readers see

  // A list of a whole workspace, or of those with a term, read page by page.
  struct Walk {
    std::uint8_t workspace = 0;
    std::vector<model::Term> terms;
    model::Direction direction = model::Direction::kOldestFirst;
    Tick begun = 0;
    Tick cut = 0;  // from then on nothing new may turn up in it
    Tick ended = 0;
    std::vector<model::FoundEvent> shown;
  };
  Complaint check_walk(const Walk& walk);
  // An event that some writer has sent, and what a store finds by its sid.
  const Entry* any_entry(base::SeededRandom& random) const;
  Complaint check_found(const Entry& entry, Tick begun, Tick ended, const std::optional<model::FoundEvent>& found);

  // ---- when nothing is under way

  Complaint check_positions() const;
  Complaint check_erasures(std::span<const store::Erasure> erasures) const;
  Complaint check_variants(std::span<const store::Variant> variants) const;
  Complaint check_summary(std::uint8_t workspace, const store::WorkspaceSummary& summary) const;
  // `bytes` of a file of the store, all erasures of which are completed.
  Complaint check_file(std::string_view bytes) const;

  struct Figures {
    std::uint64_t sent = 0, taken = 0, duplicates = 0, variants = 0, dropped = 0, refused = 0;
    std::uint64_t in_doubt = 0, between_changes = 0, walks = 0, shown = 0, changes = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  struct Change {
    Tick begun = 0;
    Tick ended = kNever;
    std::optional<store::ErasureRequest> erasure;  // unset: something expires
    base::WallTime oldest;                         // behind this change
    std::uint64_t number = 0;                      // of an erasure that has ended
    std::uint64_t events = 0;
  };
  struct Workspace {
    std::vector<Change> changes;
    std::map<std::pair<model::Dimension, std::string>, std::vector<std::size_t>> by_subject;
    std::vector<std::size_t> of_all;  // erasures without a subject
    std::vector<Entry*> entries;
  };
  enum class Decision : std::uint8_t { kTaken, kDuplicate, kVariant, kDropped };
  // What becomes of a unit's events if it comes behind so many changes.
  struct Course {
    std::size_t behind = 0;
    store::UnitOutcome outcome;
    std::vector<Decision> decisions;
    std::vector<std::optional<std::size_t>> hidden_by;  // of those taken
  };

  Entry& mutable_entry(const Entry* entry) REQUIRES_LOCK(mutex_) { return entries_[entry->number]; }
  static std::size_t ended_before(const Workspace& workspace, Tick tick);
  static std::size_t begun_before(const Workspace& workspace, Tick tick);
  static base::WallTime oldest_behind(const Workspace& workspace, std::size_t changes);
  static bool names(const store::ErasureRequest& request, const Entry& entry);
  static std::optional<std::size_t> first_erasure(const Workspace& workspace, const Entry& entry, std::size_t from,
                                                  std::size_t to);
  static std::optional<std::size_t> first_hiding(const Workspace& workspace, const Entry& entry, std::size_t from,
                                                 std::size_t to);
  static bool is_refused(const Workspace& workspace, const Entry& entry, std::size_t changes);
  static Course follow(const Workspace& workspace, std::span<const Entry* const> entries, std::size_t behind);
  void take_over(Workspace& workspace, std::span<const Entry* const> entries, std::span<const Course> possible)
      REQUIRES_LOCK(mutex_);
  void begin_change(std::uint8_t workspace, Change change) REQUIRES_LOCK(mutex_);
  void count(const store::UnitOutcome& outcome) REQUIRES_LOCK(mutex_);

  Entry* entry_of(std::string_view record) REQUIRES_LOCK(mutex_);
  static Complaint wrongly_shown(const Workspace& workspace, const Entry& entry, std::size_t ended, Tick cut);
  static bool must_be_shown(const Workspace& workspace, const Entry& entry, Tick begun, std::size_t changes);
  Complaint check_shown(const Walk& walk, std::vector<bool>& seen) REQUIRES_LOCK(mutex_);
  [[nodiscard]] std::string describe(const Entry& entry) const REQUIRES_LOCK(mutex_);
  [[nodiscard]] bool is_erased(const Sid& sid) const REQUIRES_LOCK(mutex_);
  [[nodiscard]] bool may_be_in_files(const Entry& entry) const REQUIRES_LOCK(mutex_);

  std::atomic<Tick> ticks_ = 0;

  mutable base::Mutex mutex_;

  std::deque<Sid> sids_ GUARDED_BY(mutex_);
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
  std::array<Workspace, kWorkspaces + 1> workspaces_ GUARDED_BY(mutex_);
  Figures figures_ GUARDED_BY(mutex_);
};

}  // namespace waybill::testing
