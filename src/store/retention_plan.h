#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/workspace.h"
#include "store/event_store.h"

namespace waybill::store {

// What a retention would take away that is not in force yet.
struct RetentionPlan {
  Removal removal;          // all that would be too old
  std::uint64_t newly = 0;  // of them, those that are kept as yet
  // Whether that is so much that a slip is likelier than a wish: more than half of what is kept as yet.
  [[nodiscard]] bool takes_most() const { return newly > (removal.of_events - (removal.events - newly)) / 2; }
  void add(const RetentionPlan& other);
};

// Of one workspace: `wanted` instead of `present`. Errors as EventUpkeep::would_expire.
base::Result<RetentionPlan> plan_retention(const EventUpkeep& upkeep, model::WorkspaceNumber workspace,
                                           const Retention& wanted, const Retention& present);
// The same, of a retention of its own (unset: the store's) instead of what it has.
base::Result<RetentionPlan> plan_own_retention(const EventUpkeep& upkeep, model::WorkspaceNumber workspace,
                                               const std::optional<Retention>& wanted);

// "132,000 of 150,000 events, of 2026-08-01T00:00:00.000Z to 2026-08-29T04:00:00.000Z"
std::string to_text(const Removal& removal);

// kInvalidArgument, saying what it would take and how to insist, if a plan takes most and nobody has confirmed it.
base::Result<void> check_confirmed(const RetentionPlan& plan, const std::string& retain, bool is_confirmed);

}  // namespace waybill::store
