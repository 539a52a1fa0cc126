#include "generator/arrivals.h"

#include <algorithm>
#include <utility>

namespace waybill::generator {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kArrivalStream = 0x706f'7374'0000'0000U;

// Beyond so many all others are punctual; at 250 bytes each that is two megabytes.
constexpr std::size_t kLateMax = 8192;

constexpr std::uint64_t kLatePerMille = 30;
// Of those, in percent.
constexpr std::uint64_t kLateBySeconds = 80;
constexpr std::uint64_t kLateByMinutes = 18;

}  // namespace

Arrivals::Arrivals(Simulation& simulation, std::uint64_t seed)
    : simulation_(simulation), random_(seed ^ kArrivalStream), upcoming_(simulation.next()) {}

Happening Arrivals::next() {
  for (;;) {
    if (!late_.empty() && late_.front().arrival <= upcoming_.time) {
      std::pop_heap(late_.begin(), late_.end(), arrives_later);
      const Happening out = late_.back().happening;
      late_.pop_back();
      return out;
    }
    const Happening happening = std::exchange(upcoming_, simulation_.next());
    const Moment delay = draw_delay(happening);
    if (delay == Moment(0)) return happening;
    late_.push_back({.arrival = happening.time + delay, .happening = happening});
    std::push_heap(late_.begin(), late_.end(), arrives_later);
  }
}

bool Arrivals::arrives_later(const Late& a, const Late& b) {
  return a.arrival != b.arrival ? a.arrival > b.arrival : a.happening.number > b.happening.number;
}

Moment Arrivals::draw_delay(const Happening& happening) {
  const bool is_late = random_.below(1000) < kLatePerMille;
  if (!is_late || happening.time < kOpening || late_.size() == kLateMax) return Moment(0);
  const std::uint64_t percent = random_.below(100);
  if (percent < kLateBySeconds) return between(random_, milliseconds(500), seconds(30));
  if (percent < kLateBySeconds + kLateByMinutes) return between(random_, seconds(30), minutes(10));
  return between(random_, minutes(10), minutes(75));
}

}  // namespace waybill::generator
