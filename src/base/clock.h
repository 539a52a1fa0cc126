#pragma once

#include <chrono>
#include <cstdint>

namespace waybill::base {

// Wall time in milliseconds, as the wire and the store count it (event_date_ms). Unix epoch, UTC, no leap
// seconds.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// The least difference of two of them.
inline constexpr std::chrono::milliseconds kMillisecond{1};

// Time that never jumps; good only for differences.
using SteadyTime = std::chrono::steady_clock::time_point;

// Milliseconds since the epoch, and back.
constexpr std::int64_t to_ms(WallTime time) { return time.time_since_epoch().count(); }
constexpr WallTime from_ms(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

// Whole seconds since the epoch, the last that had begun.
constexpr std::int64_t to_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// Where time comes from. Passed by reference to whoever stands at an edge; pure code takes a time instead.
// Safe for concurrent use by multiple threads.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual WallTime now() const = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const override;
  [[nodiscard]] SteadyTime steady_now() const override;
};

}  // namespace waybill::base
