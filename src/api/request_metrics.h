#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "obs/metrics.h"

namespace waybill::api {

// Counts requests by route, method and status, and how long each route takes. Safe for concurrent use.
class RequestMetrics {
 public:
  struct Route {
    std::string method;
    std::string pattern;
  };
  // What led to no route.
  static constexpr std::size_t kNoRoute = SIZE_MAX;

  // `metrics` may be null, and must outlive this object otherwise; then nothing is counted.
  RequestMetrics(obs::Metrics* metrics, std::vector<Route> routes);

  void answered(std::size_t route, int status, base::SteadyTime::duration took);

 private:
  obs::Counter counter_of(std::size_t route, int status);

  obs::Metrics* const metrics_;
  const std::vector<Route> routes_;
  std::vector<obs::Histogram> durations_;  // by route

  base::Mutex mutex_;
  // Made when they are first needed: most routes know few statuses.
  std::map<std::pair<std::size_t, int>, obs::Counter> counters_ GUARDED_BY(mutex_);
};

}  // namespace waybill::api
