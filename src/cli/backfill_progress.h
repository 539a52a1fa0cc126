#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "backfill/backfill.h"
#include "base/clock.h"
#include "cli/terminal_line.h"

namespace waybill::cli {

// Shows how far a backfill is: a line that renews itself on a terminal, and a summary of each poll. Not for concurrent
// use.
class BackfillProgress {
 public:
  // `clock` must outlive it.
  BackfillProgress(const base::Clock& clock, bool on_terminal)
      : clock_(clock), on_terminal_(on_terminal), begun_(clock.steady_now()), drawn_(begun_) {}

  // A poll of a workspace begins, with so many requests made by then.
  void begin(const std::string& workspace_sid, std::uint64_t requests);
  void step(const backfill::BackfillStep& step, std::uint64_t requests);
  // It waits, and for that is told at once.
  void wait(std::chrono::milliseconds time, const std::string& why);
  // Prints what the poll brought, to standard error; nothing if that is nothing and was to be expected.
  enum class Silence : std::uint8_t { kExpected, kTold };
  void summary(std::uint64_t requests, Silence silence);

 private:
  void draw();
  void clear();
  [[nodiscard]] ProgressLine line() const;

  const base::Clock& clock_;
  const bool on_terminal_;
  base::SteadyTime begun_;
  base::SteadyTime drawn_;
  std::string workspace_sid_;
  std::uint64_t requests_ = 0;
  std::uint64_t requests_before_ = 0;
  std::optional<backfill::BackfillStep> step_;
  backfill::BackfillTotals before_;
  std::string waiting_;
};

}  // namespace waybill::cli
