#include "query/search.h"

#include <algorithm>
#include <optional>
#include <queue>

#include "base/check.h"
#include "query/term_key.h"

namespace waybill::query {
namespace {

using model::Direction;
using model::SortKey;

constexpr model::Position kPositionMax{UINT64_MAX};

// One run's matches in the direction of the search. Until it is opened it knows only where its first match could be.
class RunScan {
 public:
  RunScan(const Run& run, const Search& search) : run_(&run), search_(&search) {
    const bool rising = search.direction == Direction::kOldestFirst;
    head_ = rising ? std::max(run.first_key(), search.low) : std::min(run.last_key(), search.high);
  }

  // The key of the next match, or, before opening, a key that no match precedes.
  [[nodiscard]] const SortKey& head() const { return head_; }
  [[nodiscard]] bool is_open() const { return open_; }

  // Looks for the first match, or the one behind the present; false if there is none.
  bool advance() {
    if (!open_ && !open()) return false;
    while (const auto row = rows_->next()) {
      head_ = run_->key(*row);
      if (head_.position <= search_->horizon) return true;
    }
    return false;
  }

 private:
  bool open() {
    open_ = true;
    std::vector<RowSet> sets;
    sets.reserve(search_->term_keys.size());
    for (const std::string& key : search_->term_keys) {
      sets.push_back(run_->find(key));
      if (sets.back().count == 0) return false;
    }
    const std::uint32_t begin = run_->lower_bound(search_->low);
    std::uint32_t end = run_->lower_bound(search_->high);
    if (end < run_->size() && run_->key(end) == search_->high) ++end;
    rows_.emplace(std::move(sets), begin, end, search_->direction);
    return true;
  }

  const Run* run_;
  const Search* search_;
  SortKey head_;
  bool open_ = false;
  std::optional<Intersection> rows_;
};

std::vector<SortKey> search_loose(const Search& search, std::span<const IndexedRow> loose) {
  std::vector<SortKey> found;
  for (const IndexedRow& row : loose) {
    if (matches(search, row)) found.push_back(row.key);
  }
  // The next one is taken from the end.
  std::sort(found.begin(), found.end());
  if (search.direction == Direction::kOldestFirst) std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace

Search make_search(const model::EventQuery& query, model::Position horizon) {
  Search search;
  for (const model::Term& term : query.terms) search.term_keys.push_back(term_key(query.workspace, term));
  if (search.term_keys.empty()) search.term_keys.push_back(workspace_key(query.workspace));
  search.low = {query.from, model::kNoPosition};
  search.high = {query.to, kPositionMax};
  search.horizon = query.horizon ? std::min(*query.horizon, horizon) : horizon;
  search.direction = query.direction;
  search.limit = query.limit;
  if (!query.after) return search;
  const SortKey& mark = *query.after;
  if (query.direction == Direction::kOldestFirst) {
    const SortKey next = mark.position == kPositionMax
                             ? SortKey{mark.time + std::chrono::milliseconds(1), model::kNoPosition}
                             : SortKey{mark.time, model::Position{to_number(mark.position) + 1}};
    search.low = std::max(search.low, next);
  } else {
    const SortKey before = mark.position == model::kNoPosition
                               ? SortKey{mark.time - std::chrono::milliseconds(1), kPositionMax}
                               : SortKey{mark.time, model::Position{to_number(mark.position) - 1}};
    search.high = std::min(search.high, before);
  }
  return search;
}

bool matches(const Search& search, const IndexedRow& row) {
  if (row.key < search.low || search.high < row.key || search.horizon < row.key.position) return false;
  return std::all_of(search.term_keys.begin(), search.term_keys.end(), [&](const std::string& wanted) {
    return std::find(row.term_keys.begin(), row.term_keys.end(), wanted) != row.term_keys.end();
  });
}

std::vector<SortKey> search(const Search& search, std::span<const std::shared_ptr<const Run>> runs,
                            std::span<const IndexedRow> loose) {
  CHECK(!search.term_keys.empty());
  std::vector<SortKey> found;
  if (search.limit == 0 || search.high < search.low) return found;
  const bool rising = search.direction == Direction::kOldestFirst;
  const auto comes_first = [rising](const SortKey& a, const SortKey& b) { return rising ? a < b : b < a; };

  std::vector<SortKey> rest = search_loose(search, loose);
  std::vector<RunScan> scans;
  scans.reserve(runs.size());
  for (const auto& run : runs) {
    if (run->last_key() < search.low || search.high < run->first_key()) continue;
    scans.emplace_back(*run, search);
  }
  const auto waits_longer = [&](std::size_t a, std::size_t b) { return comes_first(scans[b].head(), scans[a].head()); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(waits_longer)> queue(waits_longer);
  for (std::size_t i = 0; i < scans.size(); ++i) queue.push(i);

  while (found.size() < search.limit && !(queue.empty() && rest.empty())) {
    if (!rest.empty() && (queue.empty() || comes_first(rest.back(), scans[queue.top()].head()))) {
      found.push_back(rest.back());
      rest.pop_back();
      continue;
    }
    const std::size_t next = queue.top();
    queue.pop();
    if (scans[next].is_open()) found.push_back(scans[next].head());
    if (scans[next].advance()) queue.push(next);
  }
  return found;
}

}  // namespace waybill::query
