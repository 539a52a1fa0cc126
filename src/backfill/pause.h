#pragma once

#include <atomic>
#include <chrono>

#include "base/mutex.h"

namespace waybill::backfill {

// Where one waits, and is told to stop. Safe for concurrent use.
class Pause {
 public:
  Pause() = default;
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  virtual ~Pause() = default;

  // Waits so long; false at once if one is to stop.
  virtual bool wait(std::chrono::milliseconds time) = 0;
  [[nodiscard]] virtual bool is_stopped() const = 0;
};

// A pause of the machine's time, which stop() ends for good.
class StoppablePause final : public Pause {
 public:
  bool wait(std::chrono::milliseconds time) override;
  [[nodiscard]] bool is_stopped() const override { return stopped_; }
  void stop();

 private:
  std::atomic<bool> stopped_ = false;

  base::Mutex mutex_;
  base::Condition stop_;
};

}  // namespace waybill::backfill
