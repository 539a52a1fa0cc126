#include "api/disk_watch.h"

#include <algorithm>
#include <chrono>

namespace waybill::api {
namespace {

constexpr int kPauseFactor = 100;

// A disk that once hung for a minute is not avoided for hours.
constexpr base::SteadyTime::duration kPauseMax = std::chrono::seconds(60);

}  // namespace

bool DiskWatch::is_quiet(base::SteadyTime now) const {
  return now.time_since_epoch().count() >= quiet_from_.load(std::memory_order_relaxed);
}

void DiskWatch::went_to_disk(base::SteadyTime began, base::SteadyTime ended) {
  const auto until = (ended + std::min((ended - began) * kPauseFactor, kPauseMax)).time_since_epoch().count();
  auto known = quiet_from_.load(std::memory_order_relaxed);
  while (known < until && !quiet_from_.compare_exchange_weak(known, until, std::memory_order_relaxed)) continue;
}

}  // namespace waybill::api
