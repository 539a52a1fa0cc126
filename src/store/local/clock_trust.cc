#include "store/local/clock_trust.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "store/local/expiry_marks.h"
#include "store/local/schema.h"

namespace waybill::store {
namespace {

// Corrections smaller than this are no jump: they do not begin the trial anew.
constexpr std::chrono::milliseconds kCorrectionMax = std::chrono::minutes(1);

void take_later(std::optional<base::WallTime>& latest, const std::optional<base::WallTime>& time) {
  if (time && (!latest || *latest < *time)) latest = time;
}

void look_at_files(const std::filesystem::path& folder, std::optional<base::WallTime>& latest) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code unknown;
    if (!at->is_regular_file(unknown)) continue;
    const auto changed = at->last_write_time(unknown);
    if (unknown) continue;
    take_later(latest, std::chrono::floor<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(changed)));
  }
}

base::Result<std::optional<base::WallTime>> find_time(sqlite::Connection& connection, const char* sql) {
  TRY_ASSIGN(sqlite::Statement select, connection.prepare(sql));
  TRY_ASSIGN(const bool found, select.step());
  if (!found || select.is_null(0)) return std::optional<base::WallTime>();
  return std::optional(base::from_ms(select.integer(0)));
}

}  // namespace

ClockTrust::Offset ClockTrust::offset_of(const Reading& reading) {
  return reading.wall.time_since_epoch() - std::chrono::floor<Offset>(reading.steady.time_since_epoch());
}

ClockTrust::ClockTrust(const std::optional<base::WallTime>& evidence, const Reading& first)
    : trusted_(offset_of(first)), tried_(trusted_), tried_since_(first.steady) {
  if (evidence && *evidence < first.wall) trusted_ -= first.wall - *evidence;
  observe(first);
}

void ClockTrust::observe(const Reading& reading) {
  const Offset offset = offset_of(reading);
  if (std::chrono::abs(offset - tried_) > kCorrectionMax) {
    tried_ = offset;
    tried_since_ = reading.steady;
  }
  if (offset < trusted_ || reading.steady - tried_since_ >= kClockTrialTime) trusted_ = offset;
  doubt_.reset();
  if (offset - trusted_ <= kClockAheadMax) return;
  const base::SteadyTime ends = tried_since_ + kClockTrialTime;
  doubt_ = {reading.wall - (offset - trusted_), ends, reading.wall + std::chrono::ceil<Offset>(ends - reading.steady)};
}

std::optional<base::WallTime> newest_file_time(const std::filesystem::path& folder) {
  std::optional<base::WallTime> latest;
  look_at_files(folder, latest);
  look_at_files(folder / kSegmentFolder, latest);
  return latest;
}

base::Result<std::optional<base::WallTime>> read_time_evidence(sqlite::Connection& connection,
                                                               const std::optional<base::WallTime>& newest_file) {
  TRY_ASSIGN(std::optional<base::WallTime> latest, read_trusted_time(connection));
  if (latest) return latest;
  latest = newest_file;
  for (const char* const sql : {"SELECT max(last_ms) FROM workspaces", "SELECT max(at_ms) FROM alive"}) {
    TRY_ASSIGN(const auto time, find_time(connection, sql));
    take_later(latest, time);
  }
  return latest;
}

}  // namespace waybill::store
