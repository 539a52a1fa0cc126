#include "api/request_metrics.h"

namespace waybill::api {

RequestMetrics::RequestMetrics(obs::Metrics* metrics, std::vector<Route> routes)
    : metrics_(metrics), routes_(std::move(routes)) {
  if (metrics_ == nullptr) return;
  for (const Route& route : routes_) {
    durations_.push_back(metrics_->histogram("waybill_http_request_duration_seconds",
                                             "Time from a request's last byte to its response.", obs::latency_bounds(),
                                             {{"method", route.method}, {"route", route.pattern}}));
  }
}

void RequestMetrics::answered(std::size_t route, int status, base::SteadyTime::duration took) {
  if (metrics_ == nullptr) return;
  if (route != kNoRoute) durations_[route].observe(std::chrono::duration<double>(took).count());
  counter_of(route, status).add();
}

obs::Counter RequestMetrics::counter_of(std::size_t route, int status) {
  const base::MutexLock lock(mutex_);
  const auto [at, is_new] = counters_.try_emplace({route, status});
  if (is_new) {
    const bool is_known = route != kNoRoute;
    at->second = metrics_->counter("waybill_http_requests_total", "Requests answered, by route and status.",
                                   {{"method", is_known ? routes_[route].method : "any"},
                                    {"route", is_known ? routes_[route].pattern : "none"},
                                    {"status", std::to_string(status)}});
  }
  return at->second;
}

}  // namespace waybill::api
