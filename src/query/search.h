#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/event_query.h"
#include "model/position.h"
#include "query/source.h"

namespace waybill::query {

// Events of the search's workspace that must not be found although they are still there.
struct Exclusion {
  std::string term_key;  // only those with this term; the workspace's own key: all
  base::WallTime from;   // inclusive
  base::WallTime to;     // inclusive
};

// A question, ready to be asked of indexes.
struct Search {
  model::WorkspaceNumber workspace{};
  std::vector<model::Term> terms;                // an event must have them all
  std::vector<std::string> term_keys;            // the same as keys, or the workspace's own; at least one
  std::vector<Exclusion> exclusions;             // an event must be in none of them
  model::SortKey low;                            // first key that may be found
  model::SortKey high;                           // last key that may be found
  model::Position horizon = model::kNoPosition;  // nothing above it is found
  model::Direction direction = model::Direction::kOldestFirst;
  std::size_t limit = 0;
};

// What a query asks of the events at or below `horizon`. The sid is not part of it: a sid is looked up, not searched.
Search make_search(const model::EventQuery& query, model::Position horizon);

// What was touched in one source.
struct ScanWork {
  std::uint32_t blocks = 0;
  std::uint32_t containers = 0;  // lists of rows of a term in a block
  std::uint64_t rows = 0;        // that had all terms
};

// What was touched in all sources.
struct SearchWork {
  std::vector<std::uint32_t> opened;  // sources, by number
  ScanWork inside;                    // of those
};

// One event that a search found: row `row` of source number `source`.
struct Match {
  model::SortKey key;
  std::uint32_t source = 0;
  std::uint32_t row = 0;
};

// The first `limit` matches in the direction of the search, out of all sources and of `loose`, matches from elsewhere
// in rising order of keys, whose `source` is given back as it is. Sources are opened only when their turn comes, so
// those beyond the page's end cost nothing; one without one of the terms costs a probe.
// Fails as the sources do. REQUIRES: no position stands in two sources, or in a source and among the loose matches.
// What it touches is added to `work`, if that is given.
base::Result<std::vector<Match>> search(const Search& search, std::span<const Source* const> sources,
                                        std::vector<Match> loose, SearchWork* work = nullptr);

// Whether a single event matches; for events that no source holds.
bool matches(const Search& search, model::WorkspaceNumber workspace, const model::SortKey& key,
             const model::TermList& terms);

}  // namespace waybill::query
