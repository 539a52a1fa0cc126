#include "relay/retry.h"

#include <algorithm>

#include "base/strings.h"

namespace waybill::relay {
namespace {

constexpr std::int64_t kAskedPauseSecondsMax = 3600;

}  // namespace

std::chrono::milliseconds pause_after(std::uint32_t attempts, double chance, const RetryRules& rules) {
  std::chrono::milliseconds pause = rules.first;
  for (std::uint32_t attempt = 1; attempt < attempts && pause < rules.most; ++attempt) pause *= 2;
  pause = std::min(pause, rules.most);
  const auto whole = static_cast<double>(pause.count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(whole / 2 + whole / 2 * chance));
}

Verdict judge(const base::Result<http::Response>& outcome) {
  if (!outcome) return {false, false, {}, outcome.error().message()};
  const http::Response& answer = *outcome;
  if (answer.status >= 200 && answer.status <= 299) return {true, true, {}, ""};
  Verdict verdict{false, true, {}, "answered " + std::to_string(answer.status)};
  if (answer.status >= 300 && answer.status <= 399) verdict.problem += ", a redirection, which is not followed";
  // Dates, the other form there is, are not worth the trouble of clocks that differ.
  const auto asked = base::parse_int(base::trim(answer.header("Retry-After").value_or("")));
  if (asked && *asked > 0) verdict.asked_pause = std::chrono::seconds(std::min(*asked, kAskedPauseSecondsMax));
  return verdict;
}

}  // namespace waybill::relay
