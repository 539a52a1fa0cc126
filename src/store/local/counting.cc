#include "store/local/counting.h"

#include <algorithm>
#include <optional>

#include "query/row_set.h"
#include "query/term_key.h"

namespace waybill::store {
namespace {

void add(Removal& removal, base::WallTime time) {
  removal.first = std::min(removal.first, time);
  removal.last = std::max(removal.last, time);
}

void count_in_tail(const TailEvent& event, model::WorkspaceNumber workspace, base::WallTime oldest, Removal& removal) {
  if (event.row.workspace != workspace) return;
  ++removal.of_events;
  if (event.row.key.time >= oldest) return;
  ++removal.events;
  add(removal, event.row.key.time);
}

// The rows of one block that stand before row `end` of it.
std::uint64_t count_before(const query::RowSet& set, std::uint32_t end) {
  query::Intersection rows({set}, 0, end, model::Direction::kOldestFirst);
  std::uint64_t count = 0;
  while (rows.next()) ++count;
  return count;
}

base::Result<void> add_ends(const segment::Segment& segment, const query::RowSet& set, std::uint32_t begin,
                            std::uint32_t end, Removal& removal) {
  for (const auto direction : {model::Direction::kOldestFirst, model::Direction::kNewestFirst}) {
    query::Intersection rows({set}, 0, end, direction);
    const auto row = rows.next();
    if (!row) continue;
    TRY_ASSIGN(const model::SortKey key, segment.key(begin + *row));
    add(removal, key.time);
  }
  return {};
}

base::Result<void> count_in_segment(const segment::Segment& segment, model::WorkspaceNumber workspace,
                                    base::WallTime oldest, Removal& removal) {
  TRY_ASSIGN(const auto term, segment.find_term(query::workspace_key(workspace)));
  if (!term) return {};
  const auto& summary = segment.summary();
  TRY_ASSIGN(const std::uint32_t rows_before, segment.lower_bound({oldest, model::kNoPosition}));
  const std::uint32_t block_rows = 1U << summary.block_bits;
  for (std::uint32_t begin = 0, block = 0; begin < summary.rows; begin += block_rows, ++block) {
    TRY_ASSIGN(const query::RowSet set, segment.rows(*term, block));
    removal.of_events += set.count;
    if (set.count == 0 || begin >= rows_before) continue;
    const std::uint32_t end = std::min(block_rows, rows_before - begin);
    removal.events += begin + end == std::min(summary.rows, begin + block_rows) ? set.count : count_before(set, end);
    TRY(add_ends(segment, set, begin, end, removal));
  }
  return {};
}

}  // namespace

base::Result<Removal> count_older(const View& view, model::WorkspaceNumber workspace, base::WallTime oldest) {
  Removal removal{0, 0, base::kTimeMax, base::kTimeMin};
  for (const auto& segment : view.archive->segments()) {
    TRY(count_in_segment(*segment, workspace, oldest, removal));
  }
  for (const auto& run : view.tail.runs()) {
    for (const TailEvent* event : run->events) count_in_tail(*event, workspace, oldest, removal);
  }
  for (const TailEvent& event : view.tail.loose()) count_in_tail(event, workspace, oldest, removal);
  return removal;
}

}  // namespace waybill::store
