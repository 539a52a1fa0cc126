#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backfill/pause.h"
#include "backfill/schedule.h"
#include "backfill/sink.h"
#include "backfill/upstream.h"
#include "backfill/window_plan.h"
#include "backfill/window_reader.h"
#include "base/clock.h"
#include "base/result.h"

namespace waybill::backfill {

struct BackfillRules {
  ScheduleRules schedule;
  WindowRules windows;
  // How long the upstream keeps events; unset: for ever. What is older is asked for all the same, and what comes is
  // stored, but an empty answer proves nothing.
  std::optional<std::chrono::seconds> kept;
};

// What has been done so far.
struct BackfillTotals {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t variants = 0;
  std::uint64_t dropped = 0;
  std::uint64_t rejected = 0;  // kept aside
  std::uint64_t windows = 0;
  [[nodiscard]] std::uint64_t events() const { return accepted + duplicates + variants + dropped; }
};

// Where a poll stands.
struct BackfillStep {
  Span window;
  std::int64_t seconds_done = 0;
  std::int64_t seconds_all = 0;
  BackfillTotals totals;
};

// A span that could not be had, and why.
struct Unreachable {
  Span span;
  std::string detail;
};

// Pulls the events of one workspace from a source into a sink, window by window, and notes in the sink's ledger what it
// has pulled and what it could not get. What is noted is not asked for again, so it may be ended at any moment. Not for
// concurrent use.
class Backfill {
 public:
  using OnStep = std::function<void(const BackfillStep&)>;

  // `source`, `sink`, `clock` and `pause` must outlive it; `source_name` is what the ledger calls the source.
  struct Parts {
    Source& source;
    Sink& sink;
    const base::Clock& clock;
    Pause& pause;
    std::string source_name;
  };
  Backfill(Parts parts, BackfillRules rules, OnStep on_step);

  // Asks for what of the range is not proven, as spans_to_ask() says. The first poll of an object asks for all of that,
  // later ones for what is due. On an error everything before it is stored and noted.
  base::Result<void> poll(const Span& range);

  [[nodiscard]] const BackfillTotals& totals() const { return step_.totals; }
  // What polls of this object could not get whole.
  [[nodiscard]] const std::vector<Unreachable>& unreachable() const { return unreachable_; }
  // What they asked for though the upstream keeps nothing so old, and so could not prove.
  [[nodiscard]] const Spans& too_old() const { return too_old_; }

 private:
  base::Result<void> pull(const Span& window, WindowPlan& plan);
  base::Result<void> read_and_note(const Span& window, WindowPlan& plan);
  base::Result<void> note(const Span& window, const Reading& reading);
  base::Result<void> store(const std::vector<ToldEvent>& events);
  base::Result<void> store_lines(const std::vector<const ToldEvent*>& events);
  base::Result<StoredLines> store_patiently(const std::string& lines);
  void refuse(const ToldEvent& event, const std::string& why);

  const Parts parts_;
  const BackfillRules rules_;
  const OnStep on_step_;
  WindowReader reader_;
  Known known_;
  BackfillStep step_;
  std::vector<Unreachable> unreachable_;
  Spans too_old_;
  Span window_;                       // that is being read
  std::vector<Unreachable> refused_;  // of its events
};

}  // namespace waybill::backfill
