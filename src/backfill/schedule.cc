#include "backfill/schedule.h"

#include <algorithm>
#include <limits>

namespace waybill::backfill {

Spans spans_to_ask(const Span& range, const Known& known, std::int64_t now, const ScheduleRules& rules) {
  const Spans open = subtract(subtract(join({range}), known.proven), known.given_up);
  std::vector<Span> wanted = subtract(open, known.asked);
  for (const Span& span : intersect(open, join({{now - rules.trailing.count(), now}}))) wanted.push_back(span);
  const Spans settled = intersect(open, join({{range.from, now - rules.settle.count()}}));
  if (seconds_of(settled) >= rules.settled_least.count()) wanted.insert(wanted.end(), settled.begin(), settled.end());
  return join(std::move(wanted));
}

Spans provable(const Span& span, base::WallTime asked, const Proof& proof) {
  // A second is over when the next one begins.
  const std::int64_t settled_to = base::to_seconds(asked - proof.settle) - 1;
  const std::int64_t kept_from =
      proof.kept ? base::to_seconds(asked - *proof.kept) + 1 : std::numeric_limits<std::int64_t>::min();
  return join({{std::max(span.from, kept_from), std::min(span.to, settled_to)}});
}

}  // namespace waybill::backfill
