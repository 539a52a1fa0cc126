#include "query/search.h"

#include <algorithm>
#include <queue>

#include "base/check.h"
#include "query/scan.h"
#include "query/term_key.h"

namespace waybill::query {
namespace {

using model::Direction;
using model::SortKey;

constexpr model::Position kPositionMax{UINT64_MAX};

// A scan and the number of its source.
struct NumberedScan {
  Scan scan;
  std::uint32_t source;
};

std::vector<NumberedScan> scans_of(const Search& search, std::span<const Source* const> sources) {
  std::vector<NumberedScan> scans;
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    const Source::Summary& summary = sources[i]->summary();
    if (summary.last_key < search.low || search.high < summary.first_key) continue;
    if (search.horizon < summary.position_min) continue;
    scans.push_back({Scan(*sources[i], search), i});
  }
  return scans;
}

void add_work(const std::vector<NumberedScan>& scans, SearchWork& work) {
  for (const NumberedScan& numbered : scans) {
    if (!numbered.scan.is_open()) continue;
    const ScanWork& of_scan = numbered.scan.work();
    work.opened.push_back(numbered.source);
    work.inside.blocks += of_scan.blocks;
    work.inside.containers += of_scan.containers;
    work.inside.rows += of_scan.rows;
  }
}

bool is_excluded(const Search& search, const SortKey& key, const model::TermList& terms) {
  return std::any_of(search.exclusions.begin(), search.exclusions.end(), [&](const Exclusion& exclusion) {
    if (key.time < exclusion.from || exclusion.to < key.time) return false;
    if (exclusion.term_key == workspace_key(search.workspace)) return true;
    return std::any_of(terms.begin(), terms.end(), [&](const model::TermView& term) {
      return term_key(search.workspace, term) == exclusion.term_key;
    });
  });
}

}  // namespace

Search make_search(const model::EventQuery& query, model::Position horizon) {
  Search search;
  search.workspace = query.workspace;
  search.terms = query.terms;
  for (const model::Term& term : query.terms) {
    search.term_keys.push_back(term_key(query.workspace, {term.dimension, term.value}));
  }
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

bool matches(const Search& search, model::WorkspaceNumber workspace, const SortKey& key, const model::TermList& terms) {
  if (workspace != search.workspace) return false;
  if (key < search.low || search.high < key || search.horizon < key.position) return false;
  const bool has_all = std::all_of(search.terms.begin(), search.terms.end(),
                                   [&](const model::Term& wanted) { return terms.contains(wanted); });
  return has_all && !is_excluded(search, key, terms);
}

base::Result<std::vector<Match>> search(const Search& search, std::span<const Source* const> sources,
                                        std::vector<Match> loose, SearchWork* work) {
  CHECK(!search.term_keys.empty());
  std::vector<Match> found;
  if (search.limit == 0 || search.high < search.low) return found;
  const bool rising = search.direction == Direction::kOldestFirst;
  const auto comes_first = [rising](const SortKey& a, const SortKey& b) { return rising ? a < b : b < a; };

  // The next loose one is taken from the end.
  if (rising) std::reverse(loose.begin(), loose.end());
  std::vector<NumberedScan> scans = scans_of(search, sources);
  const auto waits_longer = [&](std::uint32_t a, std::uint32_t b) {
    return comes_first(scans[b].scan.head(), scans[a].scan.head());
  };
  std::vector<std::uint32_t> all(scans.size());
  for (std::uint32_t i = 0; i < scans.size(); ++i) all[i] = i;
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(waits_longer)> queue(waits_longer,
                                                                                               std::move(all));
  while (found.size() < search.limit && !(queue.empty() && loose.empty())) {
    if (!loose.empty() && (queue.empty() || comes_first(loose.back().key, scans[queue.top()].scan.head()))) {
      found.push_back(loose.back());
      loose.pop_back();
      continue;
    }
    const std::uint32_t next = queue.top();
    NumberedScan& numbered = scans[next];
    if (numbered.scan.is_open()) {
      found.push_back({numbered.scan.head(), numbered.source, numbered.scan.row()});
      if (found.size() == search.limit) break;
    }
    queue.pop();
    TRY_ASSIGN(const bool more, numbered.scan.advance());
    if (more) queue.push(next);
  }
  if (work != nullptr) add_work(scans, *work);
  return found;
}

}  // namespace waybill::query
