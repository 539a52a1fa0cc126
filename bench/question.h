#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/event_query.h"

namespace waybill::bench {

// What is known of the events that the questions were made from.
struct DataSpan {
  std::uint64_t events = 0;
  base::WallTime first;
  base::WallTime last;
};

// The questions of all lists, by list, in the order of the file.
struct Questions {
  DataSpan span;
  std::vector<std::pair<std::string, std::vector<model::EventQuery>>> lists;
};

// A question as one line without its newline, and back. Fields are separated by tabs: the list, asc or desc, from, to
// and after in milliseconds, a sid (- where there is none), then the terms as name=value.
std::string to_line(std::string_view list, const model::EventQuery& query);

// The file's first line.
std::string to_line(const DataSpan& span);

// A file of such lines. kNotFound, kIo, or kInvalidArgument naming the line.
base::Result<Questions> read_questions(const std::string& path);

// After every event of `time`, in either direction, whatever positions an engine gives.
model::SortKey behind_all_of(base::WallTime time, model::Direction direction);

}  // namespace waybill::bench
