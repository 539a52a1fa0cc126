#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace waybill::transfer {

// Some events that follow each other in a list, as it is walked.
struct EventPage {
  struct Event {
    std::size_t end = 0;  // in `lines`, behind its line feed
    base::WallTime time;
  };

  std::string lines;  // NDJSON
  std::vector<Event> events;
  // What a walk is given that is to begin with this page, and with the one behind it; empty: the list's beginning, and
  // the list's end.
  std::string token;
  std::string next_token;

  // The line of event `i`, without its line feed.
  [[nodiscard]] std::string_view line(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : events[i - 1].end;
    return std::string_view(lines).substr(begin, events[i].end - begin - 1);
  }
};

}  // namespace waybill::transfer
