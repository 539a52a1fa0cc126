#include <cstdio>
#include <string>

#include "base/time_text.h"
#include "cli/commands.h"
#include "generator/event_stream.h"
#include "generator/settings.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kBufferBytes = 1024UL * 1024;

// Far enough from both ends of the calendar for any stream to stay inside it.
constexpr base::WallTime kStartMin{};
constexpr base::WallTime kStartMax = std::chrono::sys_days(std::chrono::year(2200) / 12 / 31);

base::Result<void> write_out(std::string& buffer) {
  const bool written = std::fwrite(buffer.data(), 1, buffer.size(), stdout) == buffer.size();
  buffer.clear();
  if (!written) return base::io_error("writing to standard output failed");
  return {};
}

}  // namespace

base::Result<void> run_generate(const GenerateOptions& options, const Process& process) {
  generator::Settings settings;
  settings.seed = options.seed;
  settings.events = options.events;
  settings.size = generator::size_for(options.events);
  if (options.workers) settings.size.workers = *options.workers;
  if (options.queues) settings.size.queues = *options.queues;
  if (options.tasks_per_hour) settings.size.tasks_per_hour = *options.tasks_per_hour;
  if (options.start.empty()) {
    settings = generator::ending_at(settings, process.clock.now());
  } else {
    const auto start = base::parse_time(options.start);
    if (!start) return start.error().while_doing("--start " + options.start);
    if (start->first < kStartMin || start->first > kStartMax) {
      return base::invalid_argument("--start " + options.start + ": must lie in the years 1970 to 2200");
    }
    settings.start = start->first;
  }
  generator::EventStream stream(settings);
  std::string buffer;
  std::string line;
  while (stream.next(line)) {
    buffer += line;
    buffer += '\n';
    if (buffer.size() >= kBufferBytes) TRY(write_out(buffer));
  }
  TRY(write_out(buffer));
  if (std::fflush(stdout) != 0) return base::io_error("writing to standard output failed");
  return {};
}

}  // namespace waybill::cli
