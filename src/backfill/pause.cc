#include "backfill/pause.h"

namespace waybill::backfill {

bool StoppablePause::wait(std::chrono::milliseconds time) {
  const base::MutexLock lock(mutex_);
  // One that wakes for nothing has waited less; whoever paces requests by it is then a little too early, once.
  if (!stopped_ && time.count() > 0) stop_.wait_for(mutex_, time);
  return !stopped_;
}

void StoppablePause::stop() {
  {
    const base::MutexLock lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_all();
}

}  // namespace waybill::backfill
