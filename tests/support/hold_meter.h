#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "sqlite/testing/work_meter.h"

namespace waybill::testing {

// Measures what SQLite does within each hold of a lock, for each thread and by the step of the store that the thread
// reached last (store::LocalOptions::at_step). The threads that take the lock take this object's own with it.
class HoldMeter final : public base::HoldObserver {
 public:
  // The largest of each figure, which need not be of one hold.
  struct Largest {
    std::uint64_t holds = 0;
    sqlite::testing::Work work;
    std::chrono::microseconds time{0};

    void add(const sqlite::testing::Work& one, std::chrono::microseconds took);
  };
  // Whose, and behind which step.
  using Holder = std::pair<std::string, std::string>;

  void taken() override;
  void about_to_release() override;

  [[nodiscard]] std::map<Holder, Largest> largest() const;

  // Say of the calling thread what it is called here, and which step it has reached. One without a name is the store's.
  static void name_this_thread(std::string_view name);
  static void note_step(std::string_view step);

 private:
  mutable base::Mutex mutex_;

  sqlite::testing::Work before_ GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point since_ GUARDED_BY(mutex_);
  std::map<Holder, Largest> largest_ GUARDED_BY(mutex_);
};

// A table of them, one line a holder.
std::string to_text(std::string_view lock, const std::map<HoldMeter::Holder, HoldMeter::Largest>& holds);

}  // namespace waybill::testing
