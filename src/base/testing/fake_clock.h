#pragma once

#include <atomic>

#include "base/clock.h"

namespace waybill::base::testing {

// A clock that stands still until a test moves it. Safe for concurrent use.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start) : now_ms_(to_ms(start)) {}

  [[nodiscard]] WallTime now() const override { return from_ms(now_ms_.load()); }
  [[nodiscard]] SteadyTime steady_now() const override {
    return SteadyTime(std::chrono::milliseconds(steady_ms_.load()));
  }

  // Both clocks move together.
  void advance(std::chrono::milliseconds by) {
    now_ms_ += by.count();
    steady_ms_ += by.count();
  }
  // The wall clock alone, forward or back, as somebody sets it.
  void jump(std::chrono::milliseconds by) { now_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> steady_ms_{1'000'000};
};

}  // namespace waybill::base::testing
