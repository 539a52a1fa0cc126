#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/position.h"

namespace waybill::store {

// A whole segment as it was found in the folder.
struct FoundSegment {
  std::uint64_t number = 0;
  bool has_new_name = false;  // .new stands behind its name: it may never have become live
  std::vector<std::uint64_t> replaces;
  model::Position position_min = model::kNoPosition;
  model::Position position_max = model::kNoPosition;
};

// What becomes of each.
enum class SegmentFate {
  kLive,
  kReplaced,    // another live one holds its events anew
  kUnfinished,  // its events are elsewhere
};

// Which segments make up the archive, as far as the files themselves can tell; in the order of `found`. `logged` is the
// last position of the log; what stands at or below it needs no segment that may be unfinished.
std::vector<SegmentFate> plan_segments(std::span<const FoundSegment> found, model::Position logged);

}  // namespace waybill::store
