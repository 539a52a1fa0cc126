#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace waybill::backfill {

// How long a request is tried again.
struct RetryRules {
  std::chrono::milliseconds first_wait{500};           // doubled with every failure …
  std::chrono::milliseconds wait_max{60'000};          // … up to this
  std::chrono::milliseconds asked_wait_max{3600'000};  // the longest that a Retry-After is obeyed
  std::uint32_t failures_max = 9;                      // no answer, 5xx, or an answer that makes no sense
  std::uint32_t failures_max_at_first = 3;             // no answer, before there ever was one: a wrong address, rather
  std::uint32_t refusals_max = 200;                    // 429: the upstream lives, and wants to be asked later
};

// Why a request is to be tried again.
enum class Trouble : std::uint8_t {
  kNoAnswer,  // none came
  kFailed,    // one came, and is a failure of the upstream, or makes no sense
  kRefused,   // 429: too many requests
};

// How long a Retry-After says to wait: seconds, or an HTTP date; nothing if it says neither, none for a date that has
// passed.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, base::WallTime now);

// The tries of one request. Pure.
class Retries {
 public:
  // `reached`: whether an answer has ever come from there.
  Retries(const RetryRules& rules, bool reached) : rules_(rules), reached_(reached) {}

  // How long to wait before the next try; nothing to give up. `asked` is what a Retry-After said; `chance`, in [0, 1),
  // keeps many that failed together from coming back together.
  std::optional<std::chrono::milliseconds> after(Trouble trouble, std::optional<std::chrono::milliseconds> asked,
                                                 double chance);

 private:
  const RetryRules rules_;
  bool reached_;
  std::uint32_t failures_ = 0;
  std::uint32_t refusals_ = 0;
};

}  // namespace waybill::backfill
