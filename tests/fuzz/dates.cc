#include "base/time_text.h"
#include "fuzz/target.h"

// Dates: a span that is one, within the years there are, and the same when its ends are written and read again.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace waybill;
  const auto span = base::parse_time(fuzz::text_of(data, size));
  if (!span) return 0;
  CHECK(span->first <= span->last);
  CHECK(span->first >= base::kTimeMin && span->last <= base::kTimeMax);
  for (const base::WallTime time : {span->first, span->last}) {
    const auto again = base::parse_time(base::to_millisecond_text(time));
    CHECK(again && again->first == time && again->last == time);
    const auto second = base::parse_time(base::to_second_text(time));
    CHECK(second && second->first <= time && time <= second->last);
  }
  return 0;
}
