#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/position.h"

namespace waybill::store {

// A segment as the choice of merges sees it.
struct SegmentSpan {
  std::uint64_t rows = 0;  // or as many as it counts for where it is fuller by another measure (SegmentLimits)
  model::SortKey first;
  model::SortKey last;
};

// Segments that one merge reads at most, since each costs memory, and a file's list of those it replaces is bounded.
constexpr std::size_t kMergeFilesMax = 16;

// Which segments to merge next, as indexes into `segments`, which stand in the order of `first`; empty if none.
//
// Small ones that follow each other in time are joined, a handful at a time, until they are large (rows_max / 2), so
// that their number stays bounded and each event is rewritten a few times at most. Where more than a handful overlap at
// one moment, as after an import out of order, those are merged and cut anew by time. No merge takes more than
// kMergeFilesMax.
std::vector<std::size_t> choose_merge(std::span<const SegmentSpan> segments, std::uint64_t rows_max);

// Where to cut rows into files of at most about `rows_max`: the first keys of all files but the first. `keys` are every
// `stride`-th key of the rows, in order. A large gap in time is a cut too, so that a few events from long ago do not
// make a file as wide as the years between.
std::vector<model::SortKey> plan_cuts(std::span<const model::SortKey> keys, std::uint64_t stride,
                                      std::uint64_t rows_max);

}  // namespace waybill::store
