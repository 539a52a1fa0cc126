#include "backfill/retry.h"

#include <algorithm>

#include "base/strings.h"
#include "http/date.h"

namespace waybill::backfill {

using std::chrono::milliseconds;

std::optional<milliseconds> parse_retry_after(std::string_view text, base::WallTime now) {
  constexpr std::int64_t kSecondsMax = 1'000'000'000;
  if (const auto seconds = base::parse_int(base::trim(text)); seconds && *seconds >= 0) {
    return std::chrono::seconds(std::min(*seconds, kSecondsMax));
  }
  const auto date = http::parse_date(text);
  if (!date) return std::nullopt;
  return std::max(milliseconds(0), *date - now);
}

std::optional<milliseconds> Retries::after(Trouble trouble, std::optional<milliseconds> asked, double chance) {
  constexpr std::uint32_t kDoublingsMax = 20;
  reached_ = reached_ || trouble != Trouble::kNoAnswer;
  std::uint32_t& count = trouble == Trouble::kRefused ? refusals_ : failures_;
  const bool never_reached = trouble == Trouble::kNoAnswer && !reached_;
  const std::uint32_t most = trouble == Trouble::kRefused ? rules_.refusals_max
                             : never_reached              ? rules_.failures_max_at_first
                                                          : rules_.failures_max;
  if (++count >= most) return std::nullopt;
  // Half of it is certain, the other half chance.
  const milliseconds full = std::min(rules_.wait_max, rules_.first_wait * (1U << std::min(count - 1, kDoublingsMax)));
  const milliseconds own =
      full / 2 + milliseconds(static_cast<std::int64_t>(static_cast<double>(full.count()) / 2 * chance));
  return std::max(own, std::min(asked.value_or(milliseconds(0)), rules_.asked_wait_max));
}

}  // namespace waybill::backfill
