#pragma once

#include "backfill/retry.h"

namespace waybill::cli {

// How commands that read from a server or write to one (export, import) wait for trouble that passes: a restart of it
// takes seconds, and half a minute of a busy disk is no reason to begin anew.
inline backfill::RetryRules server_retry_rules() {
  backfill::RetryRules rules;
  rules.first_wait = std::chrono::milliseconds(1'000);
  rules.asked_wait_max = std::chrono::milliseconds(60'000);
  // Some two minutes; and as long as a restart takes where no answer has come yet, since the address may be wrong.
  rules.failures_max = 8;
  rules.failures_max_at_first = 5;
  return rules;
}

}  // namespace waybill::cli
