#pragma once

#include <string>

#include "base/clock.h"
#include "codec/json_writer.h"
#include "generator/contact_centre.h"
#include "generator/happening.h"
#include "generator/task_texts.h"

namespace waybill::generator {

// A happening and the texts that it takes to tell it. All that is referred to must outlive it.
struct Telling {
  const ContactCentre& centre;
  const Happening& happening;
  base::WallTime start;         // the date of Moment 0
  const TaskText& task;         // means something where the happening has a task
  const Worker& worker;         // where it has a worker
  std::string reservation_sid;  // where it has a reservation
  std::string resource_sid;
};

// The sentence that describes the event.
std::string describe(const Telling& telling);

// The event_data: every value a string.
void write_event_data(const Telling& telling, codec::JsonWriter& json);

// The expression of a queue after it was changed so many times.
std::string target_expression(const Queue& queue, int changes);

}  // namespace waybill::generator
