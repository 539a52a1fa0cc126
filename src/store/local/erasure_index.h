#pragma once

#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/position.h"
#include "model/term.h"
#include "model/workspace.h"
#include "store/event_store.h"

namespace waybill::store {

// An erasure, and what its completion waits for.
struct RecordedErasure {
  Erasure note;
  model::Position horizon = model::kNoPosition;  // what it erased stood at or below
};

// The key of the events an erasure names (query/term_key.h).
std::string erased_key(const ErasureRequest& request);

// Answers whether an event is named by one of many erasures without comparing it with each of them: the cost grows with
// the event's tasks and workers, and with the logarithm of the erasures of each. Immutable.
class ErasureIndex {
 public:
  ErasureIndex() = default;
  explicit ErasureIndex(std::span<const RecordedErasure> erasures);

  [[nodiscard]] bool names(model::WorkspaceNumber workspace, base::WallTime time, const model::TermList& terms) const;
  // Whether `time` lies in the span of any erasure, of whatever workspace.
  [[nodiscard]] bool spans(base::WallTime time) const;

 private:
  struct Span {
    base::WallTime from;
    base::WallTime to;
  };
  using Spans = std::vector<Span>;  // sorted and disjoint

  static void join(Spans& spans);
  static bool holds(const Spans& spans, base::WallTime time);
  [[nodiscard]] bool holds(const std::string& key, base::WallTime time) const;

  std::set<model::WorkspaceNumber> workspaces_;  // those that have any
  std::set<model::Dimension> dimensions_;        // those of subjects
  std::unordered_map<std::string, Spans> by_key_;
  Spans all_;
};

}  // namespace waybill::store
