#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/event_query.h"
#include "model/position.h"
#include "query/run.h"

namespace waybill::query {

// A question, ready to be asked of indexes.
struct Search {
  std::vector<std::string> term_keys;            // at least one; an event must have them all
  model::SortKey low;                            // first key that may be found
  model::SortKey high;                           // last key that may be found
  model::Position horizon = model::kNoPosition;  // nothing above it is found
  model::Direction direction = model::Direction::kOldestFirst;
  std::size_t limit = 0;
};

// What a query asks of the events at or below `horizon`. The sid is not part of it: a sid is looked up, not searched.
Search make_search(const model::EventQuery& query, model::Position horizon);

// The keys of the first `limit` matches in the direction of the search, out of all runs and of `loose` rows, which no
// run holds. Runs are opened only when their turn comes, so those beyond the page's end cost nothing.
// REQUIRES: no position stands in two runs, or in a run and among the loose rows.
std::vector<model::SortKey> search(const Search& search, std::span<const std::shared_ptr<const Run>> runs,
                                   std::span<const IndexedRow> loose);

// Whether a single row matches; for rows that no run holds.
bool matches(const Search& search, const IndexedRow& row);

}  // namespace waybill::query
