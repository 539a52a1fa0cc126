#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/position.h"
#include "model/term.h"
#include "model/workspace.h"
#include "query/search.h"
#include "store/event_store.h"

namespace waybill::store {

// An erasure, and what its completion waits for.
struct RecordedErasure {
  Erasure note;
  model::Position horizon = model::kNoPosition;  // what it erased stood at or below
};

enum class Fate { kKept, kErased, kExpired };

// What must not be shown and not be let in: how long events are kept, and what was erased. Immutable.
class Rules {
 public:
  Rules() = default;
  // `own` holds the workspaces with a retention of their own. While removal waits, what has expired is hidden, but let
  // in, and kept.
  Rules(Retention retention, std::map<model::WorkspaceNumber, Retention> own, std::vector<RecordedErasure> erasures,
        bool removal_waits = false);

  [[nodiscard]] const std::vector<RecordedErasure>& erasures() const { return erasures_; }
  [[nodiscard]] const std::map<model::WorkspaceNumber, Retention>& own_retention() const { return own_; }

  [[nodiscard]] bool removal_waits() const { return removal_waits_; }

  // Events older than this are seen no longer; the smallest time where they are kept for ever.
  [[nodiscard]] base::WallTime oldest_kept(model::WorkspaceNumber workspace, base::WallTime now) const;
  // Events older than this are as if they had never been: as above, but that while removal waits all are still there.
  [[nodiscard]] base::WallTime oldest_stored(model::WorkspaceNumber workspace, base::WallTime now) const;
  // Whether any workspace lets events expire.
  [[nodiscard]] bool retains_less_than_all() const;

  // Whether an event is one that an erasure names.
  [[nodiscard]] bool is_erased(model::WorkspaceNumber workspace, base::WallTime time,
                               const model::TermList& terms) const;
  // What is to become of an event, be it on its way in or in a file: anything but kKept is not to be let in, and not to
  // be kept.
  [[nodiscard]] Fate fate(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms,
                          base::WallTime now) const;

  // The requests of a workspace's erasures, completed ones too. Live as long as the rules.
  [[nodiscard]] std::vector<const ErasureRequest*> erasures_of(model::WorkspaceNumber workspace) const;

  // Adds to a search what it must not find.
  void apply(query::Search& search, base::WallTime now) const;

  // The erasures that are not completed.
  [[nodiscard]] std::vector<RecordedErasure> pending() const;

 private:
  Retention retention_;
  std::map<model::WorkspaceNumber, Retention> own_;
  std::vector<RecordedErasure> erasures_;
  bool removal_waits_ = false;
  std::multimap<model::WorkspaceNumber, std::size_t> by_workspace_;  // into erasures_
};

// The key of the events an erasure names (query/term_key.h).
std::string erased_key(const ErasureRequest& request);

}  // namespace waybill::store
