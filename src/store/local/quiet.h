#pragma once

#include <cstdint>

#include "store/local/local_state.h"

namespace waybill::store {

// A store to which nothing is appended for options.quiet_time seals what it has, and gives back the disk that it needs
// no more: an event takes several times as much in the log as in a segment.

bool is_quiet(const LocalState& state) REQUIRES_LOCK(state.writer);

// How many unsealed events a quiet store seals, where so many are sealed already: a part of all of them, so that what
// stays in the log hardly counts, but not so few that each event would be merged again and again. With fewer than
// `rows_min` events in all the store is small however it keeps them, and nothing is sealed.
std::uint64_t rows_sealed_when_quiet(std::uint64_t sealed_rows, std::uint64_t rows_min);

// Whether the tail is to be sealed although it is not large.
bool is_seal_due_when_quiet(const LocalState& state) REQUIRES_LOCK(state.writer);

}  // namespace waybill::store
