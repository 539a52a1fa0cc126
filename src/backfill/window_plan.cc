#include "backfill/window_plan.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace waybill::backfill {

WindowPlan::WindowPlan(Spans spans, WindowRules rules)
    : rules_(rules), left_(std::move(spans)), width_(std::max<std::int64_t>(1, rules.first.count())) {}

std::optional<Span> WindowPlan::next() const {
  if (left_.empty()) return std::nullopt;
  const Span& span = left_.front();
  return Span{span.from, std::min(span.to, span.from + width_ - 1)};
}

void WindowPlan::finished(const Span& window, std::uint64_t events) {
  CHECK(next() == window);
  left_.front().from = window.to + 1;
  if (left_.front().from > left_.front().to) left_.erase(left_.begin());
  const std::int64_t most = std::min<std::int64_t>(rules_.most.count(), width_ * rules_.growth_max);
  if (events == 0) {
    width_ = most;
    return;
  }
  // As wide as would have held the wanted number at this window's density.
  const double wanted =
      static_cast<double>(rules_.events_wanted) * static_cast<double>(window.seconds()) / static_cast<double>(events);
  width_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::min(wanted, static_cast<double>(most))), 1, most);
}

void WindowPlan::too_full(const Span& window) {
  CHECK(next() == window && window.seconds() > 1);
  width_ = window.seconds() / 2;
}

}  // namespace waybill::backfill
