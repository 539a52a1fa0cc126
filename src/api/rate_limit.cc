#include "api/rate_limit.h"

#include <algorithm>
#include <string>

namespace waybill::api {

Admission RateLimit::admit(model::AccountNumber account, base::SteadyTime now) {
  const std::uint32_t per_second = per_second_.load(std::memory_order_relaxed);
  if (per_second == 0) return {};
  const base::MutexLock lock(mutex_);
  Bucket& bucket = filled_bucket(account, per_second, now);
  const bool admitted = bucket.tokens >= 1;
  if (admitted) bucket.tokens -= 1;
  return {admitted, per_second, static_cast<std::uint32_t>(bucket.tokens)};
}

Admission RateLimit::look(model::AccountNumber account, base::SteadyTime now) {
  const std::uint32_t per_second = per_second_.load(std::memory_order_relaxed);
  if (per_second == 0) return {};
  const base::MutexLock lock(mutex_);
  return {true, per_second, static_cast<std::uint32_t>(filled_bucket(account, per_second, now).tokens)};
}

RateLimit::Bucket& RateLimit::filled_bucket(model::AccountNumber account, std::uint32_t per_second,
                                            base::SteadyTime now) {
  const auto [at, is_new] = buckets_.try_emplace(account, Bucket{static_cast<double>(per_second), now});
  Bucket& bucket = at->second;
  const std::chrono::duration<double> passed = now - bucket.filled;
  bucket.tokens = std::min<double>(per_second, bucket.tokens + std::max(0.0, passed.count()) * per_second);
  bucket.filled = now;
  return bucket;
}

void add_rate_limit_headers(http::Response& response, const Admission& admission) {
  if (admission.limit == 0) return;
  response.headers.push_back({"X-Rate-Limit-Limit", std::to_string(admission.limit)});
  response.headers.push_back({"X-Rate-Limit-Remaining", std::to_string(admission.remaining)});
  response.headers.push_back({"X-Rate-Limit-Config", "account;requests-per-second=" + std::to_string(admission.limit)});
}

}  // namespace waybill::api
