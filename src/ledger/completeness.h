#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/ledger.h"

namespace waybill::ledger {

// How late events may turn up at an upstream.
constexpr std::chrono::milliseconds kSettlingDefault = std::chrono::hours(1);

// What is known of one workspace.
struct Facts {
  std::vector<store::Pull> pulls;
  std::vector<store::Gap> gaps;
  std::vector<store::Feed> feeds;
};

enum class State {
  kProven,   // a pull has brought all that the upstream has
  kClaimed,  // a live feed brought events, and nothing is known to be missing
  kOpen,     // something may be missing
};

// Gaps that are told of one span; the facts have the others too.
constexpr std::size_t kReasonsMax = 8;

// A span of which one thing is known.
struct Span {
  base::WallTime from;  // inclusive
  base::WallTime to;    // inclusive
  State state = State::kOpen;
  std::vector<std::string> sources;     // proven: by pulls of these
  std::optional<base::WallTime> asked;  // proven: when that was last asked
  std::vector<store::FeedRoad> roads;   // the feeds that were there
  std::vector<store::Gap> reasons;      // open: why, kReasonsMax at most; none if no pull and no feed ever spoke of it
};

// What follows from the facts.
struct Completeness {
  base::WallTime settled_through;  // what is younger nothing can prove yet
  // The first run of proven spans: all events between the two, both inclusive, are here. Unset until a pull has proven
  // something. `complete_through` is never later than `settled_through`.
  std::optional<base::WallTime> complete_from;
  std::optional<base::WallTime> complete_through;
  // From the first moment anything is known of to now: in order, without holes, no two neighbours alike.
  std::vector<Span> spans;
};

struct Question {
  base::WallTime now;
  std::chrono::milliseconds settling = kSettlingDefault;
  std::optional<base::WallTime> from;  // leave out what was before
};

// Pure. A span is proven only by a pull that asked for it at least the settling time after its end. Feeds that agree
// prove nothing: where the receiver was down, they agree on nothing at all. A gap that proves nothing
// (store::is_unproven) changes nothing.
Completeness completeness(const Facts& facts, const Question& question);

// The facts of one workspace. Fails as the ledger does.
base::Result<Facts> read_facts(const store::Ledger& ledger, const store::LedgerSubject& subject);

}  // namespace waybill::ledger
