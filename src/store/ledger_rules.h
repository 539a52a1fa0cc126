#pragma once

#include <vector>

#include "base/result.h"
#include "store/ledger.h"

namespace waybill::store {

// How facts are joined, the same in every store. Pure.

// kInvalidArgument for a span that ends before it begins.
base::Result<void> check_span(base::WallTime from, base::WallTime to);

// Adds a pull to those that are known of the same subject and source. `known` is what earlier calls made of it: in
// order, no two of them overlapping. Where the new one and a known one speak of the same instant, the one counts that
// was asked longer after it.
void add_pull(std::vector<Pull>& known, const Pull& pull);

// Whether two gaps tell the same, and lie so close that they are told as one.
bool belong_together(const Gap& a, const Gap& b);
// Adds a gap to those that are known, and takes in all that belong together with it.
void add_gap(std::vector<Gap>& known, Gap gap);
// The same where there is no room for another one: the nearest of the same subject and reason (and detail, if one has
// it) is stretched so far that it holds this one. It is added where there is none.
void stretch_gap(std::vector<Gap>& known, Gap gap);

}  // namespace waybill::store
