#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "codec/json_writer.h"
#include "model/event_query.h"
#include "obs/log.h"

namespace waybill::api {

// How one page of a list came about: what its answer touched, and when. No value of a filter stands in it.
struct ListReport {
  std::string account;
  std::string workspace;
  std::vector<std::string> filters;  // names, in the documented order
  std::vector<std::string> terms;    // those of them that an index answers
  std::string ordering;
  std::uint32_t page_size = 0;
  bool explains = false;      // whoever asks wants this, not the page
  bool is_looked_up = false;  // by the event's sid; nothing was searched

  model::FindingWork work;
  std::size_t events = 0;
  std::size_t records_read = 0;  // the others were in memory
  bool page_was_kept = false;

  base::SteadyTime began{};
  base::SteadyTime found{};  // which events
  base::SteadyTime read{};   // their records
  base::SteadyTime ended{};  // the answer
};

// The report as JSON.
void write_report(codec::JsonWriter& out, const ListReport& report);

// The same as a line, about the request of that id.
void log_slow_list(const obs::Log& log, const std::string& request_id, const ListReport& report);

}  // namespace waybill::api
