#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "base/thread.h"
#include "support/hold_meter.h"

namespace waybill::testing {

inline void pause(std::chrono::milliseconds time) {
  base::Mutex mutex;
  base::Condition never;
  const base::MutexLock lock(mutex);
  never.wait_for(mutex, time);
}

// The first thing that went wrong, in whichever thread.
class Failure {
 public:
  void add(const std::optional<std::string>& complaint) {
    if (!complaint) return;
    const base::MutexLock lock(mutex_);
    if (!first_) first_ = complaint;
  }
  [[nodiscard]] std::optional<std::string> first() const {
    const base::MutexLock lock(mutex_);
    return first_;
  }

 private:
  mutable base::Mutex mutex_;
  std::optional<std::string> first_ GUARDED_BY(mutex_);
};

// Threads that do something again and again, with a pause between, until they are stopped.
class Threads {
 public:
  Threads() = default;
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { stop(); }

  // The pause is up to `pause_max` long; none is none.
  void add(const char* name, std::chrono::milliseconds pause_max, std::uint64_t seed,
           std::function<void(base::SeededRandom&)> act) {
    threads_.emplace_back(name, [this, name, pause_max, seed, act = std::move(act)] {
      HoldMeter::name_this_thread(name);
      base::SeededRandom random(seed);
      while (!rest(pause_max.count() == 0 ? 0 : random.below(static_cast<std::uint64_t>(pause_max.count())))) {
        act(random);
      }
    });
  }
  void stop() {
    {
      const base::MutexLock lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    threads_.clear();
  }

 private:
  // Whether to stop.
  bool rest(std::uint64_t pause_ms) {
    const base::MutexLock lock(mutex_);
    if (!stopping_ && pause_ms > 0) stop_.wait_for(mutex_, std::chrono::milliseconds(pause_ms));
    return stopping_;
  }

  base::Mutex mutex_;
  base::Condition stop_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<base::Thread> threads_;
};

}  // namespace waybill::testing
