// The part of upkeep that copies rows from segments to segments.
#include <algorithm>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "segment/cursor.h"
#include "store/local/merge_plan.h"
#include "store/local/segment_limits.h"
#include "store/local/upkeep.h"

namespace waybill::store {
namespace {

// Between so many rows, or bytes of them, the tail is looked at: sealing comes first.
constexpr std::uint64_t kRowsBetweenLooks = 16'384;
constexpr std::uint64_t kBytesBetweenLooks = 16UL * 1024 * 1024;
// Cut points are chosen from a sample of the keys: one in so many.
constexpr std::uint32_t kKeyStride = 64;

base::Result<std::vector<model::SortKey>> plan_cuts_of(const Segments& inputs, const LocalOptions& options) {
  const std::uint32_t stride = std::min(kKeyStride, std::max(1U, options.segment_rows_max / kKeyStride));
  const SegmentLimits limits(options);
  std::vector<model::SortKey> keys;
  std::uint64_t rows = 0;
  std::uint64_t weight = 0;
  for (const auto& input : inputs) {
    rows += input->summary().rows;
    weight += limits.weight_of(input->measure());
    for (std::uint32_t row = 0; row < input->summary().rows; row += stride) {
      TRY_ASSIGN(const model::SortKey key, input->key(row));
      keys.push_back(key);
    }
  }
  std::sort(keys.begin(), keys.end());
  // Rows that weigh more than one each leave room for fewer of them.
  const std::uint64_t rows_max = std::max<std::uint64_t>(1, rows * options.segment_rows_max / std::max(rows, weight));
  // The keys of each input stand for up to a stride more rows than it has. What fits into one segment must not be cut
  // for that: the parts would be small again, and merged again for ever.
  return plan_cuts(keys, stride, rows_max + std::uint64_t{stride} * inputs.size());
}

}  // namespace

base::Result<void> Upkeep::copy_rows(const Segments& inputs, NewFiles& files, Expired& expired) {
  TRY_ASSIGN(std::vector<model::SortKey> cuts, plan_cuts_of(inputs, state_.options));
  std::vector<std::uint64_t> replaced;
  for (const auto& input : inputs) replaced.push_back(input->number());
  files.begin_segments(std::move(cuts), std::move(replaced));

  std::vector<std::unique_ptr<segment::Cursor>> cursors;
  const auto comes_later = [&](std::size_t a, std::size_t b) { return cursors[b]->row().key < cursors[a]->row().key; };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(comes_later)> queue(comes_later);
  for (const auto& input : inputs) {
    cursors.push_back(std::make_unique<segment::Cursor>(input));
    TRY_ASSIGN(const bool any, cursors.back()->next());
    if (any) queue.push(cursors.size() - 1);
  }
  const auto rules = state_.view().rules;
  std::uint64_t rows_since_look = 0;
  std::uint64_t bytes_since_look = 0;
  while (!queue.empty()) {
    const std::size_t first = queue.top();
    queue.pop();
    const segment::Row& row = cursors[first]->row();
    TRY_ASSIGN(const model::TermList terms, model::TermList::decode(row.terms));
    const Fate fate = rules->fate(row.workspace, row.key.time, terms, rules->mark(row.workspace));
    if (fate == Fate::kKept) TRY(files.add(row));
    if (fate == Fate::kExpired) expired[row.workspace].add(row.key.time);
    ++rows_since_look;
    bytes_since_look += row.record.size();
    TRY_ASSIGN(const bool more, cursors[first]->next());
    if (more) queue.push(first);
    if (rows_since_look < kRowsBetweenLooks && bytes_since_look < kBytesBetweenLooks) continue;
    rows_since_look = 0;
    bytes_since_look = 0;
    TRY(seal());
    if (is_stopping()) return base::unavailable("the store is being closed");
  }
  return files.finish_segments();
}

}  // namespace waybill::store
