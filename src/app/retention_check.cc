#include "app/retention_check.h"

#include <string>

#include "base/age_text.h"
#include "base/strings.h"
#include "store/retention_plan.h"

namespace waybill::app {
namespace {

std::string how_long(std::chrono::milliseconds time) {
  const std::int64_t minutes = time / std::chrono::minutes(1);
  if (minutes > 0 && time % std::chrono::minutes(1) == std::chrono::milliseconds(0)) {
    return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
  }
  return std::to_string(time.count()) + " ms";
}

// "132,000 of 150,000 events are older and will be removed; the first in 10 minutes"
std::string prospect(const store::Removal& removal, std::chrono::milliseconds grace) {
  if (removal.events == 0) return "none of " + base::grouped(removal.of_events) + " events is older";
  return base::grouped(removal.events) + " of " + base::grouped(removal.of_events) +
         " events are older and will be removed; the first in " + how_long(grace);
}

}  // namespace

base::Result<void> check_retention(store::LocalStore& store, bool is_confirmed, const obs::Log& log) {
  const std::chrono::milliseconds grace = store.first_removal_after();
  const store::Retention general = store.default_retention();
  const store::Retention confirmed = store.confirmed_retention().value_or(store::Retention());
  TRY_ASSIGN(const auto summaries, store.summaries());
  store::RetentionPlan by_setting;
  std::uint64_t all_events = 0;
  for (const store::WorkspaceSummary& summary : summaries) {
    const model::WorkspaceNumber number = summary.workspace.number;
    const auto own = store.retention(number);
    // What keeps everything need not be counted: the usual start is not to wait for it.
    if (!general && !(own && *own)) continue;
    if (own) {
      TRY_ASSIGN(const store::Removal removal, store.would_expire(number, *own));
      all_events += removal.of_events;
      if (!*own) continue;
      log.info("retain of " + summary.workspace.sid_text + " is " + base::to_age_text(*own) + ": " +
               prospect(removal, grace));
    } else {
      TRY_ASSIGN(const auto plan, store::plan_retention(store, number, general, confirmed));
      all_events += plan.removal.of_events;
      by_setting.add(plan);
    }
  }
  const std::string retain = "retain is " + base::to_age_text(general) + ": ";
  if (by_setting.newly > all_events / 2 && !is_confirmed) {
    return base::invalid_argument(retain + store::to_text(by_setting.removal) +
                                  ", are older and would be removed: more than half of the store. If that is wanted, "
                                  "start once with --retain-confirm; if not, give another age. Nothing was removed");
  }
  if (general) log.info(retain + prospect(by_setting.removal, grace));
  auto kept = store.confirm_retention();
  if (kept || kept.error().code() != base::ErrorCode::kStorageFull) return kept;
  log.warning("disk full: retention not recorded; the next start asks again", {});
  return {};
}

}  // namespace waybill::app
