#include "obs/metrics.h"

#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.h"

namespace waybill::obs {

// How many values lie in each of the spans that the bounds cut, and what all of them add up to.
struct HistogramSeries {
  explicit HistogramSeries(std::vector<double> of) : bounds(std::move(of)), counts(bounds.size() + 1) {}

  const std::vector<double> bounds;
  std::vector<std::atomic<std::uint64_t>> counts;  // one more than bounds: what lies above them all
  std::atomic<double> sum = 0;
};

void Counter::add(double amount) const {
  if (count_ != nullptr) count_->fetch_add(amount, std::memory_order_relaxed);
}

void Histogram::observe(double value) const {
  if (series_ == nullptr) return;
  std::size_t span = 0;
  while (span < series_->bounds.size() && value > series_->bounds[span]) ++span;
  series_->counts[span].fetch_add(1, std::memory_order_relaxed);
  series_->sum.fetch_add(value, std::memory_order_relaxed);
}

namespace {

enum class Kind { kCounter, kGauge, kHistogram };

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::kCounter: return "counter";
    case Kind::kGauge: return "gauge";
    case Kind::kHistogram: return "histogram";
  }
  return "untyped";
}

// What a value is written as: as short as tells it from every other.
std::string to_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  return fmt::format("{}", value);
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? 'n' : c;
  }
  return out;
}

std::string to_text(const Labels& labels) {
  if (labels.empty()) return {};
  std::string out;
  for (const auto& [name, value] : labels) {
    out += fmt::format("{}{}=\"{}\"", out.empty() ? '{' : ',', name, escaped(value, "\\\n\""));
  }
  return out + '}';
}

// The lines of a metric, under the two that name it.
struct Family {
  Kind kind{};
  std::string help;
  std::string lines;
};
using Families = std::map<std::string, Family>;

Family& family_of(Families& families, const std::string& name, Kind kind, const std::string& help) {
  return families.try_emplace(name, Family{kind, help, {}}).first->second;
}

std::string line_of(const std::string& name, const Labels& labels, double value) {
  return fmt::format("{}{} {}\n", name, to_text(labels), to_text(value));
}

std::string lines_of(const std::string& name, const Labels& labels, const HistogramSeries& series) {
  std::string out;
  Labels with_bound = labels;
  std::uint64_t at_or_below = 0;
  for (std::size_t span = 0; span < series.counts.size(); ++span) {
    at_or_below += series.counts[span].load(std::memory_order_relaxed);
    with_bound["le"] = span < series.bounds.size() ? to_text(series.bounds[span]) : "+Inf";
    out += fmt::format("{}_bucket{} {}\n", name, to_text(with_bound), at_or_below);
  }
  out += fmt::format("{}_count{} {}\n", name, to_text(labels), at_or_below);
  return out + line_of(name + "_sum", labels, series.sum.load(std::memory_order_relaxed));
}

// The series of one metric that are counted here. What a Counter or a Histogram points to stays where it is.
template <class Series>
struct Counted {
  std::string help;
  std::map<Labels, Series> series;
};

}  // namespace

struct Metrics::Impl {
  struct ReadSeries {
    Kind kind;
    std::string name;
    std::string help;
    std::function<std::vector<std::pair<Labels, double>>()> read;
  };
  base::Mutex mutex;
  std::map<std::string, Counted<std::atomic<double>>> counters GUARDED_BY(mutex);
  std::map<std::string, Counted<HistogramSeries>> histograms GUARDED_BY(mutex);
  std::vector<ReadSeries> read_series GUARDED_BY(mutex);
  std::vector<std::function<void()>> preparations GUARDED_BY(mutex);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const base::MutexLock lock(impl_->mutex);
  auto& counted = impl_->counters[name];
  counted.help = help;
  return Counter(counted.series[labels]);
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                             const Labels& labels) {
  const base::MutexLock lock(impl_->mutex);
  auto& counted = impl_->histograms[name];
  counted.help = help;
  return Histogram(counted.series.try_emplace(labels, bounds).first->second);
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read,
                    const Labels& labels) {
  gauges(name, help,
         [read = std::move(read), labels] { return std::vector<std::pair<Labels, double>>{{labels, read()}}; });
}

void Metrics::gauges(const std::string& name, const std::string& help,
                     std::function<std::vector<std::pair<Labels, double>>()> read) {
  const base::MutexLock lock(impl_->mutex);
  impl_->read_series.push_back({Kind::kGauge, name, help, std::move(read)});
}

void Metrics::counters(const std::string& name, const std::string& help,
                       std::function<std::vector<std::pair<Labels, double>>()> read) {
  const base::MutexLock lock(impl_->mutex);
  impl_->read_series.push_back({Kind::kCounter, name, help, std::move(read)});
}

void Metrics::before_look(std::function<void()> prepare) {
  const base::MutexLock lock(impl_->mutex);
  impl_->preparations.push_back(std::move(prepare));
}

void Metrics::forget_gauges() {
  const base::MutexLock lock(impl_->mutex);
  impl_->preparations.clear();
  impl_->read_series.clear();
}

std::string Metrics::text() const {
  Families families;
  {
    const base::MutexLock lock(impl_->mutex);
    for (const auto& [name, counted] : impl_->counters) {
      Family& family = family_of(families, name, Kind::kCounter, counted.help);
      for (const auto& [labels, count] : counted.series) family.lines += line_of(name, labels, count.load());
    }
    for (const auto& [name, counted] : impl_->histograms) {
      Family& family = family_of(families, name, Kind::kHistogram, counted.help);
      for (const auto& [labels, series] : counted.series) family.lines += lines_of(name, labels, series);
    }
    for (const auto& prepare : impl_->preparations) prepare();
    // One name may have been given in parts.
    for (const Impl::ReadSeries& part : impl_->read_series) {
      Family& family = family_of(families, part.name, part.kind, part.help);
      for (const auto& [labels, value] : part.read()) family.lines += line_of(part.name, labels, value);
    }
  }
  std::string out;
  for (const auto& [name, family] : families) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n{}", name, escaped(family.help, "\\\n"), name, to_text(family.kind),
                       family.lines);
  }
  return out;
}

const std::vector<double>& latency_bounds() {
  static const std::vector<double> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                              0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return kBounds;
}

}  // namespace waybill::obs
