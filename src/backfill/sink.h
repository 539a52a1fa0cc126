#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "backfill/spans.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/event_store.h"
#include "store/ledger.h"

namespace waybill::backfill {

// A finished pull, as a sink's ledger is told of it.
struct PullNote {
  Span span;
  base::WallTime asked;
  std::string source;
  std::uint64_t events = 0;
};

// What became of lines.
struct StoredLines {
  store::UnitOutcome outcome;
  std::uint64_t rejected = 0;  // that could not be stored, and are kept aside
};

// Where the events of one workspace go, and the ledger that goes with them. Not for concurrent use.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // The seconds that pulls have proven, each asked for at least `settle` after its end.
  virtual base::Result<Spans> proven(std::chrono::seconds settle) = 0;
  // Stores events, as NDJSON; when it returns they are on disk. What is no event, or has no sid or no time, is kept
  // aside. All of them or none: kInvalidArgument or kTooLarge from a sink that keeps nothing aside, kStorageFull where
  // there is no room for more, kBusy where trying again may help.
  virtual base::Result<StoredLines> store(const std::string& lines) = 0;
  virtual base::Result<void> record_pull(const PullNote& pull) = 0;
  // That events of a span could not be had.
  virtual base::Result<void> record_gap(const Span& span, const std::string& detail) = 0;
};

}  // namespace waybill::backfill
