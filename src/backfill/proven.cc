#include "backfill/proven.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace waybill::backfill {

Spans proven_seconds(std::span<const store::Pull> pulls, std::chrono::milliseconds settle) {
  std::vector<std::pair<base::WallTime, base::WallTime>> proven;
  for (const store::Pull& pull : pulls) {
    if (const auto to = store::proven_to(pull, settle)) proven.emplace_back(pull.from, *to);
  }
  std::sort(proven.begin(), proven.end());
  std::vector<Span> seconds;
  for (std::size_t i = 0; i < proven.size();) {
    const base::WallTime from = proven[i].first;
    base::WallTime to = proven[i].second;
    for (++i; i < proven.size() && proven[i].first <= to + base::kMillisecond; ++i) to = std::max(to, proven[i].second);
    if (const auto span = whole_seconds(from, to)) seconds.push_back(*span);
  }
  return join(std::move(seconds));
}

}  // namespace waybill::backfill
