#include "store/local/tail.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace waybill::store {
namespace {

// A scan of so many loose rows costs some ten microseconds; freezing them a few hundred.
constexpr std::size_t kLooseRowsMax = 1024;
// Small runs together reach this and become a large one, which takes some milliseconds to build.
constexpr std::size_t kLargeRunRows = 16'384;
static_assert(2 * kLargeRunRows <= query::kRunRowsMax);

// What malloc takes for a string that is too long to lie in its object.
std::size_t memory_of(std::string_view text) {
  constexpr std::size_t kInObject = 15;
  constexpr std::size_t kOverhead = 24;
  return text.size() <= kInObject ? 0 : text.size() + kOverhead;
}

std::shared_ptr<std::vector<TailEvent>> new_loose_events() {
  auto events = std::make_shared<std::vector<TailEvent>>();
  events->reserve(kLooseRowsMax);
  return events;
}

// A run over events that stand in any order.
std::shared_ptr<const TailRun> make_run(std::vector<const TailEvent*> events,
                                        std::vector<std::shared_ptr<const std::vector<TailEvent>>> memory,
                                        std::uint64_t hash_key) {
  std::sort(events.begin(), events.end(),
            [](const TailEvent* a, const TailEvent* b) { return a->row.key < b->row.key; });
  std::vector<const query::IndexedRow*> rows;
  rows.reserve(events.size());
  std::size_t bytes = 0;
  for (const TailEvent* event : events) {
    rows.push_back(&event->row);
    bytes += memory_of(*event);
  }
  return std::make_shared<const TailRun>(
      TailRun{query::Run::build(rows, hash_key), std::move(events), std::move(memory), bytes});
}

}  // namespace

std::size_t memory_of(const TailEvent& event) {
  // Measured with generated events: entries of the run's lists and tables, and of the table of sids.
  constexpr std::size_t kIndexBytes = 220;
  return sizeof(TailEvent) + memory_of(event.row.terms.bytes()) + memory_of(event.record) + kIndexBytes;
}

TailView::TailView() : runs_(std::make_shared<const TailRuns>()), loose_(new_loose_events()) {}

std::size_t TailView::size() const {
  std::size_t rows = loose_count_;
  for (const auto& run : *runs_) rows += run->events.size();
  return rows;
}

std::size_t TailView::bytes() const {
  std::size_t bytes = loose_bytes_;
  for (const auto& run : *runs_) bytes += run->bytes;
  return bytes;
}

std::vector<query::Match> TailView::find_loose(const query::Search& search, std::uint32_t source) const {
  std::vector<query::Match> found;
  const auto events = loose();
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const query::IndexedRow& row = events[i].row;
    if (query::matches(search, row.workspace, row.key, row.terms)) found.push_back({row.key, source, i});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return found;
}

const TailEvent* TailView::find(const model::SortKey& key) const {
  const auto by_position = [](const TailEvent& event, model::Position position) {
    return event.row.key.position < position;
  };
  const auto events = loose();
  const auto at = std::lower_bound(events.begin(), events.end(), key.position, by_position);
  if (at != events.end() && at->row.key == key) return &*at;
  const auto run = std::lower_bound(runs_->begin(), runs_->end(), key.position, [](const auto& a, auto position) {
    return a->index->summary().position_max < position;
  });
  if (run == runs_->end()) return nullptr;
  const auto& sorted = (*run)->events;
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), key,
                       [](const TailEvent* event, const auto& wanted) { return event->row.key < wanted; });
  return found != sorted.end() && (*found)->row.key == key ? *found : nullptr;
}

Tail::Tail(std::uint64_t hash_key) : hash_key_(hash_key), loose_(new_loose_events()) { view_.loose_ = loose_; }

void Tail::append(std::vector<TailEvent> events) {
  if (loose_->size() + events.size() <= kLooseRowsMax) {
    for (const TailEvent& event : events) view_.loose_bytes_ += memory_of(event);
    std::move(events.begin(), events.end(), std::back_inserter(*loose_));
    view_.loose_count_ = loose_->size();
    return;
  }
  freeze_loose();
  for (std::size_t done = 0; done < events.size();) {
    const std::size_t count = std::min(events.size() - done, kLargeRunRows);
    const auto first = events.begin() + static_cast<std::ptrdiff_t>(done);
    const auto last = first + static_cast<std::ptrdiff_t>(count);
    add_run(std::make_shared<const std::vector<TailEvent>>(std::move_iterator(first), std::move_iterator(last)));
    done += count;
  }
}

void Tail::freeze() {
  freeze_loose();
  small_runs_ = 0;
  small_rows_ = 0;
}

void Tail::freeze_loose() {
  if (loose_->empty()) return;
  add_run(std::exchange(loose_, new_loose_events()));
  view_.loose_ = loose_;
  view_.loose_count_ = 0;
  view_.loose_bytes_ = 0;
}

void Tail::drop_runs(std::size_t count) {
  CHECK(count <= runs_.size());
  const std::size_t large = runs_.size() - small_runs_;
  for (std::size_t i = large; i < count; ++i) {
    --small_runs_;
    small_rows_ -= runs_[i]->events.size();
  }
  runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(count));
  view_.runs_ = std::make_shared<const TailRuns>(runs_);
}

void Tail::add_run(std::shared_ptr<const std::vector<TailEvent>> memory) {
  std::vector<const TailEvent*> events;
  events.reserve(memory->size());
  for (const TailEvent& event : *memory) events.push_back(&event);
  runs_.push_back(make_run(std::move(events), {std::move(memory)}, hash_key_));
  ++small_runs_;
  small_rows_ += runs_.back()->events.size();
  if (small_rows_ >= kLargeRunRows) join_small_runs();
  view_.runs_ = std::make_shared<const TailRuns>(runs_);
}

void Tail::join_small_runs() {
  if (small_runs_ > 1) {
    std::vector<const TailEvent*> events;
    std::vector<std::shared_ptr<const std::vector<TailEvent>>> memory;
    events.reserve(small_rows_);
    const auto first = runs_.end() - static_cast<std::ptrdiff_t>(small_runs_);
    for (auto run = first; run != runs_.end(); ++run) {
      events.insert(events.end(), (*run)->events.begin(), (*run)->events.end());
      memory.insert(memory.end(), (*run)->memory.begin(), (*run)->memory.end());
    }
    runs_.erase(first, runs_.end());
    runs_.push_back(make_run(std::move(events), std::move(memory), hash_key_));
  }
  small_runs_ = 0;
  small_rows_ = 0;
}

}  // namespace waybill::store
