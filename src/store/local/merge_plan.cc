#include "store/local/merge_plan.h"

#include <algorithm>
#include <utility>

namespace waybill::store {
namespace {

// Small segments are joined when so many wait.
constexpr std::size_t kSmallOnesMax = 8;
// Segments that may hold one moment.
constexpr std::size_t kOverlapMax = 6;
// A merge takes no more than so many full segments' rows at once.
constexpr std::uint64_t kMergeFactor = 4;
// A gap shorter than this, or than this part of the whole, is no reason to cut.
constexpr std::chrono::hours kGapMin{1};
constexpr std::int64_t kGapsMax = 4;

// The segments that overlap at the moment where most do, if those are more than a handful. The smallest come first, as
// many as one merge takes.
std::vector<std::size_t> choose_overlapping(std::span<const SegmentSpan> segments, std::uint64_t rows_max) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::erase_if(open, [&](std::size_t earlier) { return segments[earlier].last < segments[i].first; });
    open.push_back(i);
    if (open.size() <= kOverlapMax) continue;
    std::sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(segments[a].rows, a) < std::pair(segments[b].rows, b);
    });
    std::vector<std::size_t> chosen;
    std::uint64_t rows = 0;
    for (const std::size_t index : open) {
      rows += segments[index].rows;
      if (chosen.size() == kMergeFilesMax || (chosen.size() >= 2 && rows > kMergeFactor * rows_max)) break;
      chosen.push_back(index);
    }
    return chosen;
  }
  return {};
}

// A gap in time that is at least so long sets parts of such a span apart.
base::WallTime::duration gap_min_of(base::WallTime::duration span) {
  return std::max<base::WallTime::duration>(kGapMin, span / kGapsMax);
}

// Into how many parts the gaps between some segments cut what they hold: what is no fewer would be cut as it was, and
// chosen again for ever.
std::size_t parts_between(std::span<const SegmentSpan> segments, std::span<const std::size_t> chosen) {
  base::WallTime last = segments[chosen.front()].last.time;
  for (const std::size_t index : chosen) last = std::max(last, segments[index].last.time);
  const auto gap_min = gap_min_of(last - segments[chosen.front()].first.time);
  std::size_t parts = 1;
  last = segments[chosen.front()].last.time;
  for (const std::size_t index : chosen) {
    if (segments[index].first.time - last >= gap_min) ++parts;
    last = std::max(last, segments[index].last.time);
  }
  return parts;
}

std::vector<std::size_t> choose_small(std::span<const SegmentSpan> segments, std::uint64_t rows_max) {
  std::vector<std::size_t> chosen;
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].rows * 2 > rows_max) continue;
    while (rows + segments[i].rows > rows_max) {
      const bool is_enough = chosen.size() >= 2 && rows * 2 >= rows_max;
      if (is_enough && parts_between(segments, chosen) < chosen.size()) return chosen;
      const std::size_t left_out = is_enough ? 1 : chosen.size();
      for (std::size_t k = 0; k < left_out; ++k) rows -= segments[chosen[k]].rows;
      chosen.erase(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(left_out));
    }
    chosen.push_back(i);
    rows += segments[i].rows;
    if (chosen.size() == kSmallOnesMax) return chosen;
  }
  return {};
}

// Where parts of the keys begin that a large gap in time sets apart; the first begins at 0.
std::vector<std::size_t> parts_of(std::span<const model::SortKey> keys) {
  const auto gap_min = gap_min_of(keys.back().time - keys.front().time);
  std::vector<std::size_t> begins = {0};
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].time - keys[i - 1].time >= gap_min) begins.push_back(i);
  }
  return begins;
}

}  // namespace

std::vector<std::size_t> choose_merge(std::span<const SegmentSpan> segments, std::uint64_t rows_max) {
  std::vector<std::size_t> chosen = choose_overlapping(segments, rows_max);
  if (chosen.empty()) chosen = choose_small(segments, rows_max);
  return chosen;
}

std::vector<model::SortKey> plan_cuts(std::span<const model::SortKey> keys, std::uint64_t stride,
                                      std::uint64_t rows_max) {
  if (keys.empty()) return {};
  const std::vector<std::size_t> begins = parts_of(keys);
  std::vector<model::SortKey> cuts;
  for (std::size_t part = 0; part < begins.size(); ++part) {
    const std::size_t end = part + 1 < begins.size() ? begins[part + 1] : keys.size();
    const std::size_t count = end - begins[part];
    const std::size_t pieces = std::max<std::size_t>(1, (count * stride + rows_max - 1) / rows_max);
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      const std::size_t at = begins[part] + count * piece / pieces;
      if (at != 0 && (cuts.empty() || cuts.back() < keys[at])) cuts.push_back(keys[at]);
    }
  }
  return cuts;
}

}  // namespace waybill::store
