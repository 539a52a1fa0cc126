#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "sqlite/connection.h"

namespace waybill::store {

// Whether the wall clock may be believed where what it causes cannot be undone: removing what has expired. A clock is
// believed that goes with the time passed on the steady clock since it was last right. One that is further ahead than
// kClockAheadMax is in doubt until it has gone so, without another jump, for kClockTrialTime of the steady clock. A
// clock that goes back removes nothing, and is believed at once. Arithmetic only; not for concurrent use.
constexpr std::chrono::milliseconds kClockAheadMax = std::chrono::hours(1);
constexpr std::chrono::milliseconds kClockTrialTime = std::chrono::hours(1);

class ClockTrust {
 public:
  struct Reading {
    base::WallTime wall;
    base::SteadyTime steady;
  };

  // `evidence` is the latest time that is known to have been; without any the first reading is believed.
  ClockTrust(const std::optional<base::WallTime>& evidence, const Reading& first);

  // Takes a reading into account. REQUIRES: the steady clock did not go back.
  void observe(const Reading& reading);

  // Why the last reading is not believed.
  struct Doubt {
    base::WallTime expected;      // what the clock should say, or a little later
    base::SteadyTime ends;        // if the clock stays as it is
    base::WallTime ends_on_wall;  // the same by the clock that is doubted
  };
  // Nothing if it is believed.
  [[nodiscard]] const std::optional<Doubt>& doubt() const { return doubt_; }

 private:
  using Offset = std::chrono::milliseconds;  // of the wall clock from the steady one

  static Offset offset_of(const Reading& reading);

  Offset trusted_;
  Offset tried_;
  base::SteadyTime tried_since_;
  std::optional<Doubt> doubt_;
};

// The newest time that a file of a data directory was changed; nothing without files.
std::optional<base::WallTime> newest_file_time(const std::filesystem::path& folder);

// The latest time that a store's own data says has been: the time at which its clock was last believed, or, in a store
// of a release that did not note it, the newest event, the last sign of life or `newest_file`, whichever is latest.
base::Result<std::optional<base::WallTime>> read_time_evidence(sqlite::Connection& connection,
                                                               const std::optional<base::WallTime>& newest_file);

}  // namespace waybill::store
