#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/position.h"
#include "model/term.h"
#include "model/workspace.h"
#include "query/search.h"
#include "store/event_store.h"
#include "store/local/erasure_index.h"
#include "store/local/expiry_marks.h"

namespace waybill::store {

enum class Fate { kKept, kErased, kExpired };

// What must not be shown and not be let in: how long events are kept, what has expired for good, and what was erased.
// Immutable.
//
// What is older than the retention is hidden. It has expired for good once it stands below its workspace's mark: no
// later retention shows it again, and only then may its bytes go.
class Rules {
 public:
  Rules() = default;
  // `own` holds the workspaces with a retention of their own.
  Rules(Retention retention, std::map<model::WorkspaceNumber, Retention> own, std::vector<RecordedErasure> erasures,
        ExpiryMarks marks = {});

  // The same rules with one part replaced.
  [[nodiscard]] std::shared_ptr<const Rules> with_own_retention(std::map<model::WorkspaceNumber, Retention> own) const;
  [[nodiscard]] std::shared_ptr<const Rules> with_erasures(std::vector<RecordedErasure> erasures) const;
  [[nodiscard]] std::shared_ptr<const Rules> with_marks(ExpiryMarks marks) const;

  [[nodiscard]] const std::vector<RecordedErasure>& erasures() const { return erasures_->all; }
  [[nodiscard]] const std::map<model::WorkspaceNumber, Retention>& own_retention() const { return own_; }
  [[nodiscard]] const ExpiryMarks& marks() const { return marks_; }

  // Events older than this have expired for good; the smallest time where none has.
  [[nodiscard]] base::WallTime mark(model::WorkspaceNumber workspace) const;
  // Events older than this are older than the retention at `now`; the smallest time where they are kept for ever.
  [[nodiscard]] base::WallTime oldest_retained(model::WorkspaceNumber workspace, base::WallTime now) const;
  // Events older than this are seen no longer: the later of the two.
  [[nodiscard]] base::WallTime oldest_kept(model::WorkspaceNumber workspace, base::WallTime now) const;
  // Whether any workspace lets events expire.
  [[nodiscard]] bool retains_less_than_all() const;

  // Whether an event is one that an erasure names.
  [[nodiscard]] bool is_erased(model::WorkspaceNumber workspace, base::WallTime time,
                               const model::TermList& terms) const;
  // What is to become of an event where those before `oldest` have expired: anything but kKept is not to be let in, and
  // not to be kept.
  [[nodiscard]] Fate fate(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms,
                          base::WallTime oldest) const;

  // Adds to a search what it must not find.
  void apply(query::Search& search, base::WallTime now) const;

  // The erasures that are not completed. Live as long as the rules.
  [[nodiscard]] const std::vector<RecordedErasure>& pending() const { return erasures_->pending; }
  // Whether `time` lies in the span of any erasure, of whatever workspace.
  [[nodiscard]] bool erasures_span(base::WallTime time) const { return erasures_->index.spans(time); }

 private:
  struct Erasures {
    std::vector<RecordedErasure> all;
    std::vector<RecordedErasure> pending;
    ErasureIndex index;
  };
  static std::shared_ptr<const Erasures> indexed(std::vector<RecordedErasure> erasures);

  Retention retention_;
  std::map<model::WorkspaceNumber, Retention> own_;
  std::shared_ptr<const Erasures> erasures_ = std::make_shared<const Erasures>();
  ExpiryMarks marks_;
};

}  // namespace waybill::store
