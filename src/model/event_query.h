#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/time_text.h"
#include "model/limits.h"
#include "model/position.h"
#include "model/sid.h"
#include "model/term.h"
#include "model/workspace.h"

namespace waybill::model {

enum class Direction { kOldestFirst, kNewestFirst };

constexpr Direction opposite(Direction direction) {
  return direction == Direction::kOldestFirst ? Direction::kNewestFirst : Direction::kOldestFirst;
}

// One question to a store. Every condition that is set must hold.
struct EventQuery {
  WorkspaceNumber workspace{};
  std::vector<Term> terms;               // an event must have them all
  std::optional<EventSid> sid;           // only this event
  base::WallTime from = base::kTimeMin;  // inclusive
  base::WallTime to = base::kTimeMax;    // inclusive
  Direction direction = Direction::kOldestFirst;
  std::optional<SortKey> after;           // only what follows this key in `direction`
  std::optional<Position> horizon;        // only what was committed at or below; unset: all there is
  std::uint32_t limit = 50;               // at most so many; at least 1
  std::size_t bytes_max = kPageBytesMax;  // the answer ends with the event whose record reaches this
};

// One event of an answer.
struct FoundEvent {
  SortKey key;
  std::string record;
};

// What was touched to find an answer. A store that has no index counts nothing.
struct FindingWork {
  std::uint32_t runs = 0;  // indexes of events in memory, and those of them that were opened
  std::uint32_t runs_opened = 0;
  std::uint32_t segments = 0;  // the same of files; one that was not opened was skipped
  std::uint32_t segments_opened = 0;
  std::uint32_t blocks = 0;      // of what was opened
  std::uint32_t containers = 0;  // lists of rows that a block has for a term
  std::uint64_t rows = 0;        // candidates that were looked at
};

// One answer: in the order asked for.
struct FoundPage {
  std::vector<FoundEvent> events;
  bool more = false;   // whether the same question with a higher limit would find more
  Position horizon{};  // everything at or below was visible to it, nothing above
  FindingWork work;
};

}  // namespace waybill::model
