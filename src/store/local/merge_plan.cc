#include "store/local/merge_plan.h"

#include <algorithm>
#include <iterator>

namespace waybill::store {
namespace {

// Small segments are joined when so many wait.
constexpr std::size_t kSmallOnesMax = 8;
// Segments that may hold one moment.
constexpr std::size_t kOverlapMax = 6;
// A merge takes no more than so many full segments' rows at once.
constexpr std::uint64_t kMergeFactor = 4;
// A gap shorter than this is no reason to cut.
constexpr std::chrono::hours kGapMin{1};
constexpr int kGapsMax = 3;

// The segments that overlap at the moment where most do, if those are more than a handful. The smallest come first, as
// many as one merge takes.
std::vector<std::size_t> choose_overlapping(std::span<const SegmentSpan> segments, std::uint64_t rows_max) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::erase_if(open, [&](std::size_t earlier) { return segments[earlier].last < segments[i].first; });
    open.push_back(i);
    if (open.size() <= kOverlapMax) continue;
    std::stable_sort(open.begin(), open.end(),
                     [&](std::size_t a, std::size_t b) { return segments[a].rows < segments[b].rows; });
    std::vector<std::size_t> chosen;
    std::uint64_t rows = 0;
    for (const std::size_t index : open) {
      rows += segments[index].rows;
      if (chosen.size() >= 2 && rows > kMergeFactor * rows_max) break;
      chosen.push_back(index);
    }
    return chosen;
  }
  return {};
}

std::vector<std::size_t> choose_small(std::span<const SegmentSpan> segments, std::uint64_t rows_max) {
  std::vector<std::size_t> chosen;
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].rows * 2 > rows_max) continue;
    if (rows + segments[i].rows > rows_max) {
      if (chosen.size() >= 2 && rows * 2 >= rows_max) return chosen;
      chosen.clear();
      rows = 0;
    }
    chosen.push_back(i);
    rows += segments[i].rows;
    if (chosen.size() == kSmallOnesMax) return chosen;
  }
  return {};
}

// A part of the keys, [begin, end).
struct Part {
  std::size_t begin;
  std::size_t end;
};

// Where the largest gap of a part lies, if it is as long as half the part.
std::size_t find_gap(std::span<const model::SortKey> keys, const Part& part) {
  std::size_t at = part.begin;
  base::WallTime::duration widest{0};
  for (std::size_t i = part.begin + 1; i < part.end; ++i) {
    const auto gap = keys[i].time - keys[i - 1].time;
    if (gap > widest) {
      widest = gap;
      at = i;
    }
  }
  const auto span = keys[part.end - 1].time - keys[part.begin].time;
  return widest >= kGapMin && widest * 2 >= span ? at : part.begin;
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
  std::vector<Part> parts = {{0, keys.size()}};
  for (int gaps = 0; gaps < kGapsMax; ++gaps) {
    bool found = false;
    for (std::size_t i = 0; i < parts.size() && !found; ++i) {
      const std::size_t at = find_gap(keys, parts[i]);
      if (at == parts[i].begin) continue;
      found = true;
      const Part rest{at, parts[i].end};
      parts[i].end = at;
      parts.insert(std::next(parts.begin(), static_cast<std::ptrdiff_t>(i) + 1), rest);
    }
    if (!found) break;
  }
  std::vector<model::SortKey> cuts;
  for (const Part& part : parts) {
    const std::size_t count = part.end - part.begin;
    const std::size_t pieces = std::max<std::size_t>(1, (count * stride + rows_max - 1) / rows_max);
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      const std::size_t at = part.begin + count * piece / pieces;
      if (at != 0 && (cuts.empty() || cuts.back() < keys[at])) cuts.push_back(keys[at]);
    }
  }
  return cuts;
}

}  // namespace waybill::store
