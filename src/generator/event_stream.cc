#include "generator/event_stream.h"

namespace waybill::generator {

EventStream::EventStream(const Settings& settings)
    : left_(settings.events),
      centre_(settings),
      simulation_(centre_, settings.seed, settings.size.tasks_per_hour),
      arrivals_(simulation_, settings.seed),
      writer_(centre_, settings.start) {}

bool EventStream::next(std::string& line) {
  if (left_ == 0) return false;
  --left_;
  writer_.write(arrivals_.next(), line);
  return true;
}

}  // namespace waybill::generator
