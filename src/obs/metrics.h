#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace waybill::obs {

struct HistogramSeries;

// Names and values that tell one series of a metric from another. Never an id of an event, an account or a client:
// each combination is kept for ever.
using Labels = std::map<std::string, std::string>;

// Something that is counted. Cheap to copy; one that was made by default counts nothing. Safe for concurrent use.
class Counter {
 public:
  Counter() = default;
  void add(double amount = 1) const;

 private:
  friend class Metrics;
  explicit Counter(std::atomic<double>& count) : count_(&count) {}
  std::atomic<double>* count_ = nullptr;
};

// How values are distributed: how many lie at or below each of some bounds. Cheap to copy; one that was made by default
// forgets what it is told. Safe for concurrent use.
class Histogram {
 public:
  Histogram() = default;
  void observe(double value) const;

 private:
  friend class Metrics;
  explicit Histogram(HistogramSeries& series) : series_(&series) {}
  HistogramSeries* series_ = nullptr;
};

// Everything a server measures about itself, for Prometheus. Names begin with waybill_ and end with their unit, as
// https://prometheus.io/docs/practices/naming asks; times are in seconds. Safe for concurrent use.
class Metrics {
 public:
  Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  // The series of these labels, made when it is first asked for; it lives as long as this object. REQUIRES: one name
  // has one kind, one help text, always the same names of labels, and for a histogram the same rising bounds.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                      const Labels& labels = {});

  // A value that is asked for whenever somebody looks, on the thread of who looks. `read` may wait for the disk, and
  // must not ask this object. What it refers to must be there until forget_gauges().
  void gauge(const std::string& name, const std::string& help, std::function<double()> read, const Labels& labels = {});
  // The same for series that come and go: those that `read` gives are shown, and no others.
  void gauges(const std::string& name, const std::string& help,
              std::function<std::vector<std::pair<Labels, double>>()> read);

  // The same for what only rises, and is counted elsewhere.
  void counters(const std::string& name, const std::string& help,
                std::function<std::vector<std::pair<Labels, double>>()> read);

  // Something to be done once before a look asks for the values of gauges and counters, such as taking them together
  // where one costs as much as all. Looks come one after the other.
  void before_look(std::function<void()> prepare);

  // Asks for no gauge any more; waits for a look that is under way.
  void forget_gauges();

  // All of it in Prometheus' text format, 0.0.4, by name and then by labels.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Bounds that suit the time a request or a sync takes: 100 microseconds to 10 seconds.
const std::vector<double>& latency_bounds();

}  // namespace waybill::obs
