#pragma once

#include <cstdint>

#include "base/clock.h"
#include "store/event_store.h"

namespace waybill::cli {

// Shows how far an import is: a line that renews itself on a terminal, and a summary at the end. Not for concurrent
// use.
class Progress {
 public:
  // `bytes_total` 0: not known, so no time of arrival is shown. `clock` must outlive it.
  Progress(const base::Clock& clock, std::uint64_t bytes_total, bool on_terminal);

  void bytes(std::uint64_t count);
  void outcome(const store::UnitOutcome& outcome);
  // Prints the summary to standard error.
  void summary();

 private:
  void draw(bool last);
  [[nodiscard]] double seconds() const;

  const base::Clock& clock_;
  const std::uint64_t bytes_total_;
  const bool on_terminal_;
  const base::SteadyTime begun_;
  base::SteadyTime drawn_;
  std::uint64_t bytes_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t variants_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace waybill::cli
