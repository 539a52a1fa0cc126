#include "backfill/spans.h"

#include <algorithm>

namespace waybill::backfill {

Spans join(std::vector<Span> spans) {
  std::erase_if(spans, [](const Span& span) { return span.to < span.from; });
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  Spans joined;
  for (const Span& span : spans) {
    if (!joined.empty() && span.from <= joined.back().to + 1) {
      joined.back().to = std::max(joined.back().to, span.to);
    } else {
      joined.push_back(span);
    }
  }
  return joined;
}

Spans subtract(const Spans& all, const Spans& taken) {
  Spans left;
  for (Span rest : all) {
    for (const Span& hole : taken) {
      if (hole.to < rest.from) continue;
      if (hole.from > rest.to) break;
      if (hole.from > rest.from) left.push_back({rest.from, hole.from - 1});
      rest.from = hole.to + 1;
      if (rest.from > rest.to) break;
    }
    if (rest.from <= rest.to) left.push_back(rest);
  }
  return left;
}

Spans intersect(const Spans& a, const Spans& b) { return subtract(a, subtract(a, b)); }

std::int64_t seconds_of(const Spans& spans) {
  std::int64_t count = 0;
  for (const Span& span : spans) count += span.seconds();
  return count;
}

std::optional<Span> whole_seconds(base::WallTime from, base::WallTime to) {
  const std::chrono::milliseconds one(1);
  const Span span{std::chrono::ceil<std::chrono::seconds>(from).time_since_epoch().count(),
                  std::chrono::floor<std::chrono::seconds>(to + one).time_since_epoch().count() - 1};
  if (span.to < span.from) return std::nullopt;
  return span;
}

base::WallTime first_moment(const Span& span) { return base::WallTime(std::chrono::seconds(span.from)); }

base::WallTime last_moment(const Span& span) {
  return base::WallTime(std::chrono::seconds(span.to)) + std::chrono::milliseconds(999);
}

}  // namespace waybill::backfill
