#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "doctor/disk_checks.h"
#include "doctor/machine_checks.h"
#include "doctor/setup_checks.h"

namespace waybill::doctor {

// What the machine says. None of it changes anything that stays; what cannot be told is unset or empty.

// Writes and syncs a few small pieces of a file of its own in `folder`, and removes it. The errors of writing.
base::Result<FlushFacts> measure_flushes(const std::filesystem::path& folder, base::FileSystem& files,
                                         const base::Clock& clock);

// The files below a folder.
struct FileCensus {
  std::uint64_t bytes = 0;
  std::uint64_t largest_bytes = 0;
  std::uint64_t sealed_files = 0;  // in its folder of segments
  std::optional<base::WallTime> newest;
};
FileCensus count_files(const std::filesystem::path& folder);

// Free bytes and files where `folder` lies; kIo.
base::Result<SpaceFacts> measure_space(const std::filesystem::path& folder);

ClockKeeping clock_keeping();
// Whether a process here could be allowed to set the clock, out of the text of /proc/self/status; true where it does
// not say.
bool may_set_clock(std::string_view status);

// The hard limit of open files of a process, or of this one.
std::optional<std::uint64_t> descriptor_limit(std::optional<std::int64_t> process);
// The same, out of the text of /proc/PID/limits.
std::optional<std::uint64_t> parse_descriptor_limit(std::string_view limits);

std::optional<std::uint64_t> mapping_limit();

// Of machine and control group; the rest of the facts is for the caller.
MemoryFacts measure_memory();
// MemTotal out of the text of /proc/meminfo, in bytes.
std::uint64_t parse_memory_total(std::string_view meminfo);

// Nothing if there is no such file.
std::optional<base::WallTime> time_of_change(const std::filesystem::path& path);
std::optional<FileMode> mode_of(const std::filesystem::path& path, Secrecy secrecy);

// The Waybill process that holds a data directory, by its lock file.
std::optional<std::int64_t> find_holder(const std::filesystem::path& lock_file);

}  // namespace waybill::doctor
