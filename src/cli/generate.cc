#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "generator/event_stream.h"
#include "generator/settings.h"
#include "model/sid.h"

namespace waybill::cli {
namespace {

constexpr std::size_t kBufferBytes = 1024UL * 1024;

// Far enough from both ends of the calendar for any stream to stay inside it.
constexpr base::WallTime kStartMin{};
constexpr base::WallTime kStartMax = std::chrono::sys_days(std::chrono::year(2200) / 12 / 31);

constexpr std::uint64_t kEventsMax = 10'000'000'000;

// How many events: digits that may have underscores between them, a fraction, and k, M or G behind them.
base::Result<std::uint64_t> parse_events(std::string_view text) {
  std::uint64_t unit = 1;
  std::string_view number = text;
  for (const auto& [letters, size] :
       {std::pair("kK", 1'000U), std::pair("mM", 1'000'000U), std::pair("gG", 1'000'000'000U)}) {
    if (number.empty() || std::string_view(letters).find(number.back()) == std::string_view::npos) continue;
    unit = size;
    number.remove_suffix(1);
    break;
  }
  std::uint64_t events = 0;
  bool any = false;
  bool in_fraction = false;
  for (const char c : number) {
    const bool is_digit = c >= '0' && c <= '9';
    if (c == '_' && any) continue;
    if (c == '.' && any && !in_fraction && unit > 1) {
      in_fraction = true;
      continue;
    }
    if (!is_digit || (in_fraction && unit % 10 != 0) || events > kEventsMax) {
      return base::invalid_argument("--events: " + base::quoted_for_message(text) +
                                    " is no number such as 1000, 1_000, 100k or 1M");
    }
    any = true;
    events = events * 10 + static_cast<std::uint64_t>(c - '0');
    if (in_fraction) unit /= 10;
  }
  if (!any || events == 0 || events > kEventsMax / unit) {
    return base::invalid_argument("--events: " + base::quoted_for_message(text) + " is not between 1 and " +
                                  std::to_string(kEventsMax));
  }
  return events * unit;
}

base::Error bad_sid(std::string_view where, std::string_view sid, const base::Error& error) {
  return base::invalid_argument(std::string(where) + ": " + base::quoted_for_message(sid) + " " + error.message());
}

// Whose events they are.
base::Result<void> set_owner(const GenerateOptions& options, const Process& process, generator::Settings& settings) {
  const auto given = process.environment.find("WAYBILL_ACCOUNT_SID").value_or("");
  settings.account_sid = options.account_sid.empty() ? given : options.account_sid;
  settings.workspace_sid = options.workspace_sid;
  settings.workspace_name = options.workspace_name;
  if (!settings.account_sid.empty()) {
    const auto sid = model::AccountSid::parse(settings.account_sid);
    if (!sid) {
      return bad_sid(options.account_sid.empty() ? "WAYBILL_ACCOUNT_SID" : "--account", settings.account_sid,
                     sid.error());
    }
  }
  if (!settings.workspace_sid.empty()) {
    const auto sid = model::WorkspaceSid::parse(settings.workspace_sid);
    if (!sid) return bad_sid("--workspace", settings.workspace_sid, sid.error());
  }
  if (!base::is_utf8(settings.workspace_name)) return base::invalid_argument("--name: is not UTF-8");
  return {};
}

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
  TRY_ASSIGN(settings.events, parse_events(options.events));
  TRY(set_owner(options, process, settings));
  settings.size = generator::size_for(settings.events);
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
