#pragma once

#include <atomic>
#include <cstdint>
#include <map>

#include "base/clock.h"
#include "base/mutex.h"
#include "http/message.h"
#include "model/workspace.h"

namespace waybill::api {

// What a bucket decided, and how full it is.
struct Admission {
  bool admitted = true;
  std::uint32_t limit = 0;      // requests a second; 0: there is no limit
  std::uint32_t remaining = 0;  // requests that would be admitted at once
};

// A token bucket for each account: it fills at `per_second` and holds one second's worth. Safe for concurrent use.
class RateLimit {
 public:
  // 0 turns it off.
  explicit RateLimit(std::uint32_t per_second) : per_second_(per_second) {}

  // In force from now on.
  void set(std::uint32_t per_second) { per_second_.store(per_second, std::memory_order_relaxed); }

  // Takes a token if there is one.
  Admission admit(model::AccountNumber account, base::SteadyTime now);
  // Looks without taking; for what is not counted.
  Admission look(model::AccountNumber account, base::SteadyTime now);

 private:
  struct Bucket {
    double tokens = 0;
    base::SteadyTime filled;
  };
  Bucket& filled_bucket(model::AccountNumber account, std::uint32_t per_second, base::SteadyTime now)
      REQUIRES_LOCK(mutex_);

  std::atomic<std::uint32_t> per_second_;

  base::Mutex mutex_;

  std::map<model::AccountNumber, Bucket> buckets_ GUARDED_BY(mutex_);
};

// Adds the three X-Rate-Limit headers; nothing where there is no limit.
void add_rate_limit_headers(http::Response& response, const Admission& admission);

}  // namespace waybill::api
