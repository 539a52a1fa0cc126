#include "store/retention_plan.h"

#include <algorithm>

#include "base/strings.h"
#include "base/time_text.h"

namespace waybill::store {

void RetentionPlan::add(const RetentionPlan& other) {
  const bool any = removal.events > 0;
  const bool any_there = other.removal.events > 0;
  if (any_there) {
    removal.first = any ? std::min(removal.first, other.removal.first) : other.removal.first;
    removal.last = any ? std::max(removal.last, other.removal.last) : other.removal.last;
  }
  removal.events += other.removal.events;
  removal.of_events += other.removal.of_events;
  newly += other.newly;
}

base::Result<RetentionPlan> plan_retention(const EventUpkeep& upkeep, model::WorkspaceNumber workspace,
                                           const Retention& wanted, const Retention& present) {
  RetentionPlan plan;
  TRY_ASSIGN(plan.removal, upkeep.would_expire(workspace, wanted));
  TRY_ASSIGN(const Removal before, upkeep.would_expire(workspace, present));
  plan.newly = plan.removal.events - std::min(plan.removal.events, before.events);
  return plan;
}

base::Result<RetentionPlan> plan_own_retention(const EventUpkeep& upkeep, model::WorkspaceNumber workspace,
                                               const std::optional<Retention>& wanted) {
  const Retention general = upkeep.default_retention();
  return plan_retention(upkeep, workspace, wanted.value_or(general), upkeep.retention(workspace).value_or(general));
}

std::string to_text(const Removal& removal) {
  std::string text = base::grouped(removal.events) + " of " + base::grouped(removal.of_events) + " events";
  if (removal.events > 0) {
    text += ", of " + base::to_millisecond_text(removal.first) + " to " + base::to_millisecond_text(removal.last);
  }
  if (removal.rejects == 0) return text;
  return text + ", and " + base::grouped(removal.rejects) + (removal.rejects == 1 ? " element" : " elements") +
         " kept aside";
}

base::Result<void> check_confirmed(const RetentionPlan& plan, const std::string& retain, bool is_confirmed) {
  if (is_confirmed || !plan.takes_most()) return {};
  return base::invalid_argument("Retain: " + base::quoted_for_message(retain) + " would remove " +
                                to_text(plan.removal) +
                                ": more than half. To do so all the same, confirm it (--confirm, or Confirm=true)");
}

}  // namespace waybill::store
