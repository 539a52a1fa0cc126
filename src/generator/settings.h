#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace waybill::generator {

// How large the contact centre is. The limits are those of a TaskRouter workspace, where it has any.
// REQUIRES: 4 <= workers <= 15,000; 2 <= queues <= 5,000; 1 <= workflows <= 1,000; 1 <= channels <= 15;
// 1 <= tasks_per_hour <= 1,000,000.
struct CentreSize {
  std::uint32_t workers = 12;
  std::uint32_t queues = 4;
  std::uint32_t workflows = 3;
  std::uint32_t channels = 4;
  std::uint32_t tasks_per_hour = 80;  // in the busiest hour of a weekday
};

// What a stream is made of: the same settings give the same bytes, on every machine.
struct Settings {
  std::uint64_t seed = 1;
  std::uint64_t events = 0;  // exactly so many lines
  CentreSize size = {};
  base::WallTime start = {};        // event_date_ms of the first event
  std::string account_sid = {};     // empty: made from the seed
  std::string workspace_sid = {};   // empty: made from the seed
  std::string workspace_name = {};  // empty: Contact Centre
};

// A centre that makes about so many events in two weeks, between a dozen workers and two thousand.
CentreSize size_for(std::uint64_t events);

// The same stream, moved so that its latest event_date_ms is exactly `end`. Lives the stream once without writing
// it, which costs a small part of what writing it does, and no more memory. REQUIRES: settings.events >= 1.
Settings ending_at(Settings settings, base::WallTime end);

// One working day of a small centre, some 6,000 to 10,000 events in ten hours, the latest exactly at `end`.
Settings demo_day(std::uint64_t seed, base::WallTime end);

}  // namespace waybill::generator
