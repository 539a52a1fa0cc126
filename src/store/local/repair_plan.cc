#include "store/local/repair_plan.h"

#include <algorithm>
#include <set>

namespace waybill::store {

std::vector<SegmentFate> plan_segments(std::span<const FoundSegment> found, model::Position logged) {
  model::Position known = logged;
  std::set<std::vector<std::uint64_t>> finished_rewritings;
  for (const FoundSegment& segment : found) {
    if (segment.has_new_name) continue;
    known = std::max(known, segment.position_max);
    if (!segment.replaces.empty()) finished_rewritings.insert(segment.replaces);
  }
  // Files get their names only after the manifest knew all that were written with them. So one that has its name
  // vouches for the others of the same rewriting. Of a rewriting of which none has its name all inputs are still there.
  // What was sealed and has no name yet is still in the log, unless the log was lost.
  const auto was_live = [&](const FoundSegment& segment) {
    if (!segment.has_new_name) return true;
    if (!segment.replaces.empty()) return finished_rewritings.contains(segment.replaces);
    return segment.position_min > known;
  };
  std::set<std::uint64_t> replaced;
  for (const FoundSegment& segment : found) {
    if (was_live(segment)) replaced.insert(segment.replaces.begin(), segment.replaces.end());
  }
  std::vector<SegmentFate> fates;
  for (const FoundSegment& segment : found) {
    fates.push_back(replaced.contains(segment.number) ? SegmentFate::kReplaced
                    : was_live(segment)               ? SegmentFate::kLive
                                                      : SegmentFate::kUnfinished);
  }
  return fates;
}

}  // namespace waybill::store
