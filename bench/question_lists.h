#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "bench/event_feed.h"

namespace waybill::bench {

struct ListSettings {
  std::uint64_t seed = 1;
  std::uint64_t events = 0;  // about how many the feed has
  std::uint64_t questions_per_list = 10'000;
};

// Reads all events and writes lists of questions about them to the file `path`, in the form of question.h. The same
// events and settings give the same questions. kInvalidArgument if a list cannot be made from the events, kIo.
base::Result<void> make_lists(EventFeed& feed, const ListSettings& settings, const std::string& path);

}  // namespace waybill::bench
