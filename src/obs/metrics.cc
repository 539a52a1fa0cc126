#include "obs/metrics.h"

#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "base/mutex.h"

namespace waybill::obs {

void Counter::add(double amount) const {
  if (counter_ != nullptr) counter_->Increment(amount);
}

void Histogram::observe(double value) const {
  if (histogram_ != nullptr) histogram_->Observe(value);
}

struct Metrics::Impl {
  enum class Kind { kGauge, kCounter };
  struct ReadSeries {
    Kind kind;
    std::string name;
    std::string help;
    std::function<std::vector<std::pair<Labels, double>>()> read;
  };
  prometheus::Registry registry;
  base::Mutex mutex;
  std::vector<ReadSeries> read_series GUARDED_BY(mutex);
};

namespace {

template <class Series>
void add_to(prometheus::Registry& registry, const Series& series) {
  switch (series.kind) {
    case decltype(series.kind)::kGauge: {
      auto& family = prometheus::BuildGauge().Name(series.name).Help(series.help).Register(registry);
      for (const auto& [labels, value] : series.read()) family.Add(labels).Set(value);
      return;
    }
    case decltype(series.kind)::kCounter: {
      auto& family = prometheus::BuildCounter().Name(series.name).Help(series.help).Register(registry);
      for (const auto& [labels, value] : series.read()) family.Add(labels).Increment(value);
      return;
    }
  }
}

}  // namespace

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry).Add(labels));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                             const Labels& labels) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
  return Histogram(family.Add(labels, bounds));
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read,
                    const Labels& labels) {
  gauges(name, help,
         [read = std::move(read), labels] { return std::vector<std::pair<Labels, double>>{{labels, read()}}; });
}

void Metrics::gauges(const std::string& name, const std::string& help,
                     std::function<std::vector<std::pair<Labels, double>>()> read) {
  const base::MutexLock lock(impl_->mutex);
  impl_->read_series.push_back({Impl::Kind::kGauge, name, help, std::move(read)});
}

void Metrics::counters(const std::string& name, const std::string& help,
                       std::function<std::vector<std::pair<Labels, double>>()> read) {
  const base::MutexLock lock(impl_->mutex);
  impl_->read_series.push_back({Impl::Kind::kCounter, name, help, std::move(read)});
}

void Metrics::forget_gauges() {
  const base::MutexLock lock(impl_->mutex);
  impl_->read_series.clear();
}

std::string Metrics::text() const {
  // Gauges are made anew for each look, so that a series that is gone is not shown for ever. One name may have been
  // given in parts.
  prometheus::Registry now;
  {
    const base::MutexLock lock(impl_->mutex);
    for (const Impl::ReadSeries& series : impl_->read_series) add_to(now, series);
  }
  auto families = impl_->registry.Collect();
  for (auto& family : now.Collect()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

const std::vector<double>& latency_bounds() {
  static const std::vector<double> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                              0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return kBounds;
}

}  // namespace waybill::obs
