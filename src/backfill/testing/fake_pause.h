#pragma once

#include <vector>

#include "backfill/pause.h"
#include "base/testing/fake_clock.h"

namespace waybill::backfill::testing {

// A pause in which only a fake clock moves. Not for concurrent use.
class FakePause final : public Pause {
 public:
  // `clock` must outlive it.
  explicit FakePause(base::testing::FakeClock& clock) : clock_(clock) {}

  bool wait(std::chrono::milliseconds time) override {
    if (stopped_) return false;
    waits_.push_back(time);
    clock_.advance(time);
    return true;
  }
  [[nodiscard]] bool is_stopped() const override { return stopped_; }
  void stop() { stopped_ = true; }

  [[nodiscard]] const std::vector<std::chrono::milliseconds>& waits() const { return waits_; }

 private:
  base::testing::FakeClock& clock_;
  std::vector<std::chrono::milliseconds> waits_;
  bool stopped_ = false;
};

}  // namespace waybill::backfill::testing
