#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace waybill::relay {

// How long a callback is tried, and how fast.
struct RetryRules {
  std::chrono::milliseconds first{1'000};   // before the second attempt
  std::chrono::milliseconds most{300'000};  // between two attempts, however many there were
  std::chrono::milliseconds give_up_after = std::chrono::hours(24);
};

// How long to wait after `attempts` of them have failed: twice as long each time, up to rules.most, and of that between
// half and all, as `chance` in [0, 1) has it, so that many that failed together do not come back together.
// REQUIRES: attempts >= 1.
std::chrono::milliseconds pause_after(std::uint32_t attempts, double chance, const RetryRules& rules);

// What an attempt came to.
struct Verdict {
  bool is_delivered = false;
  bool is_reachable = true;                 // whether there was any answer
  std::chrono::milliseconds asked_pause{};  // for which the receiver asked with Retry-After; at most an hour
  std::string problem;                      // what went wrong, for a person; empty if it was delivered
};

// Only 2xx is a delivery; a redirection is not followed.
Verdict judge(const base::Result<http::Response>& outcome);

}  // namespace waybill::relay
