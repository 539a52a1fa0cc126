#include "generator/settings.h"

#include <algorithm>

#include "base/check.h"
#include "generator/arrivals.h"
#include "generator/contact_centre.h"
#include "generator/simulation.h"

namespace waybill::generator {
namespace {

// About what one worker's share of a centre's events is in two weeks, weekends included.
constexpr std::uint64_t kEventsPerWorker = 8'500;
constexpr std::uint64_t kWorkersMin = 12;
constexpr std::uint64_t kWorkersMax = 2'000;
constexpr std::uint32_t kTasksPerWorkerAndHour = 7;

// A stream without its text: what happens when, in the order of arrival.
class SilentStream {
 public:
  explicit SilentStream(const Settings& settings)
      : centre_(settings),
        simulation_(centre_, settings.seed, settings.size.tasks_per_hour),
        arrivals_(simulation_, settings.seed) {}

  Moment next() { return arrivals_.next().time; }

 private:
  const ContactCentre centre_;
  Simulation simulation_;
  Arrivals arrivals_;
};

}  // namespace

CentreSize size_for(std::uint64_t events) {
  const auto workers = static_cast<std::uint32_t>(std::clamp(events / kEventsPerWorker, kWorkersMin, kWorkersMax));
  return {.workers = workers,
          .queues = std::clamp(workers / 6, 4U, 200U),
          .workflows = std::clamp(workers / 12, 3U, 60U),
          .channels = std::clamp(workers / 20, 4U, 8U),
          .tasks_per_hour = workers * kTasksPerWorkerAndHour};
}

Settings ending_at(Settings settings, base::WallTime end) {
  CHECK(settings.events >= 1);
  SilentStream stream(settings);
  Moment last{0};
  for (std::uint64_t i = 0; i < settings.events; ++i) last = std::max(last, stream.next());
  settings.start = end - last;
  return settings;
}

Settings demo_day(std::uint64_t seed, base::WallTime end) {
  Settings settings;
  settings.seed = seed;
  SilentStream stream(settings);
  while (stream.next() <= kWorkingDay) ++settings.events;
  return ending_at(std::move(settings), end);
}

}  // namespace waybill::generator
