#include "store/local/quiet.h"

#include <algorithm>

namespace waybill::store {

bool is_quiet(const LocalState& state) {
  return state.parts.clock.steady_now() - state.last_append >= state.options.quiet_time;
}

std::uint64_t rows_sealed_when_quiet(std::uint64_t sealed_rows, std::uint64_t rows_min) {
  constexpr std::uint64_t kUnsealedPart = 8;
  const std::uint64_t wanted_in_all = rows_min - std::min(sealed_rows, rows_min);
  return std::min(rows_min, std::max({sealed_rows / kUnsealedPart, wanted_in_all, rows_min / kUnsealedPart}));
}

bool is_seal_due_when_quiet(const LocalState& state) {
  if (!is_quiet(state)) return false;
  const View view = state.view();
  std::uint64_t sealed_rows = 0;
  for (const auto& segment : view.archive->segments()) sealed_rows += segment->summary().rows;
  return view.tail.size() >= rows_sealed_when_quiet(sealed_rows, state.options.quiet_rows_min);
}

}  // namespace waybill::store
