#pragma once

#include <cstdint>
#include <string>

#include "generator/arrivals.h"
#include "generator/contact_centre.h"
#include "generator/event_writer.h"
#include "generator/settings.h"
#include "generator/simulation.h"

namespace waybill::generator {

// The events of a contact centre as NDJSON, in the order in which an archive hears of them: mostly by rising
// event_date_ms, a few of a hundred late. All types occur in the first 20,000. The same settings give the same bytes.
// Memory is bounded by the size of the centre, not by the number of events. Not for concurrent use.
class EventStream {
 public:
  explicit EventStream(const Settings& settings);
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Replaces `line` by the next event, without a newline. False, and `line` as it was, after the last one.
  bool next(std::string& line);

  // What the events name: those of the settings, or those made from the seed.
  [[nodiscard]] const std::string& account_sid() const { return centre_.account_sid; }
  [[nodiscard]] const std::string& workspace_sid() const { return centre_.workspace_sid; }

 private:
  std::uint64_t left_;
  const ContactCentre centre_;
  Simulation simulation_;
  Arrivals arrivals_;
  EventWriter writer_;
};

}  // namespace waybill::generator
