#include "doctor/machine_probe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strings.h"

namespace waybill::doctor {
namespace {

namespace fs = std::filesystem;
using base::Result;

constexpr std::size_t kPieceBytes = 4096;
constexpr std::size_t kPieces = 40;
// A disk on which forty take longer has said enough.
constexpr std::chrono::seconds kMeasureMax{3};

// statfs(2) and linux/magic.h.
std::string file_system_of(const fs::path& folder) {
  constexpr std::pair<std::uint32_t, const char*> kKinds[] = {
      {0x01021994, "tmpfs"}, {0x858458f6, "ramfs"}, {0x6969, "nfs"},        {0xff534d42, "cifs"},
      {0xfe534d42, "cifs"},  {0x517b, "cifs"},      {0xef53, "ext4"},       {0x58465342, "xfs"},
      {0x9123683e, "btrfs"}, {0x2fc12fc1, "zfs"},   {0x794c7630, "overlay"}};
  struct statfs found{};
  if (statfs(folder.c_str(), &found) != 0) return "";
  for (const auto& [magic, name] : kKinds) {
    if (static_cast<std::uint32_t>(found.f_type) == magic) return name;
  }
  return "";
}

Result<std::vector<std::chrono::nanoseconds>> write_pieces(base::OutputFile& file, const base::Clock& clock) {
  const std::string piece(kPieceBytes, 'w');
  std::vector<std::chrono::nanoseconds> flushes;
  const base::SteadyTime began = clock.steady_now();
  for (std::size_t i = 0; i < kPieces && clock.steady_now() - began < kMeasureMax; ++i) {
    const base::SteadyTime before = clock.steady_now();
    TRY(file.append(piece));
    TRY(file.sync());
    flushes.push_back(clock.steady_now() - before);
  }
  return flushes;
}

base::WallTime to_wall_time(const timespec& time) {
  return base::from_ms(static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000);
}

// The number that a line of `text` holds behind `name`.
std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + name.size());
  text = base::trim(text.substr(0, text.find('\n')));
  const auto number = base::parse_int(text.substr(0, text.find_first_of(" \t")));
  return number && *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

std::optional<std::uint64_t> number_in(const fs::path& file) {
  const auto text = base::read_file(file);
  return text ? number_behind(*text, "") : std::nullopt;
}

}  // namespace

Result<FlushFacts> measure_flushes(const fs::path& folder, base::FileSystem& files, const base::Clock& clock) {
  const fs::path path = folder / (".doctor-" + std::to_string(getpid()));
  auto file = files.create(path);
  if (!file) return file.error();
  auto flushes = write_pieces(**file, clock);
  file->reset();
  TRY(files.remove(path));
  if (!flushes) return flushes.error();
  return FlushFacts{folder, file_system_of(folder), *std::move(flushes)};
}

FileCensus count_files(const fs::path& folder) {
  FileCensus census;
  std::error_code error;
  auto at = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    struct stat found{};
    // A file may go while we look.
    if (lstat(at->path().c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
    const auto bytes = static_cast<std::uint64_t>(found.st_size);
    census.bytes += bytes;
    census.largest_bytes = std::max(census.largest_bytes, bytes);
    const base::WallTime changed = to_wall_time(found.st_mtim);
    census.newest = std::max(census.newest.value_or(changed), changed);
    if (at->path().parent_path() != folder) ++census.sealed_files;
  }
  return census;
}

Result<SpaceFacts> measure_space(const fs::path& folder) {
  struct statvfs found{};
  if (statvfs(folder.c_str(), &found) != 0) return base::last_system_error("measuring the room of", folder);
  SpaceFacts facts;
  facts.free_bytes = static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
  // btrfs and others make them as they are needed, and say 0.
  if (found.f_files > 0) facts.free_files = found.f_favail;
  return facts;
}

ClockKeeping clock_keeping() {
  timex state{};
  const int kept = adjtimex(&state);
  if (kept < 0) return ClockKeeping::kUnknown;
  if (kept != TIME_ERROR && (state.status & STA_UNSYNC) == 0) return ClockKeeping::kSynchronised;
  const auto status = base::read_file("/proc/self/status");
  return !status || may_set_clock(*status) ? ClockKeeping::kAlone : ClockKeeping::kElsewhere;
}

bool may_set_clock(std::string_view status) {
  constexpr std::string_view kBoundingSet = "\nCapBnd:\t";
  constexpr std::uint64_t kSetClock = 1ULL << 25U;  // CAP_SYS_TIME
  const std::size_t at = status.find(kBoundingSet);
  if (at == std::string_view::npos) return true;
  const std::string_view digits = status.substr(at + kBoundingSet.size());
  std::uint64_t set = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), set, 16);
  return error != std::errc() || (set & kSetClock) != 0;
}

std::optional<std::uint64_t> descriptor_limit(std::optional<std::int64_t> process) {
  if (process) {
    const auto text = base::read_file("/proc/" + std::to_string(*process) + "/limits");
    return text ? parse_descriptor_limit(*text) : std::nullopt;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(limit.rlim_max);
}

std::optional<std::uint64_t> parse_descriptor_limit(std::string_view limits) {
  constexpr std::string_view kName = "Max open files";
  const std::size_t at = limits.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view line = limits.substr(at + kName.size());
  line = base::trim(line.substr(0, line.find('\n')));
  // The soft one comes first.
  return number_behind(line.substr(std::min(line.find(' '), line.size())), "");
}

std::optional<std::uint64_t> mapping_limit() { return number_in("/proc/sys/vm/max_map_count"); }

MemoryFacts measure_memory() {
  MemoryFacts facts;
  if (const auto text = base::read_file("/proc/meminfo")) facts.machine_bytes = parse_memory_total(*text);
  // Of a container; in both versions of control groups what is not limited is no number, or a very large one.
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    if (const auto limit = number_in(file); limit && *limit < facts.machine_bytes) facts.group_bytes = limit;
  }
  return facts;
}

std::uint64_t parse_memory_total(std::string_view meminfo) {
  constexpr std::uint64_t kKiB = 1024;
  return number_behind(meminfo, "MemTotal:").value_or(0) * kKiB;
}

std::optional<base::WallTime> time_of_change(const fs::path& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return std::nullopt;
  return to_wall_time(found.st_mtim);
}

std::optional<FileMode> mode_of(const fs::path& path, Secrecy secrecy) {
  struct stat found{};
  if (path.empty() || stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileMode{path, secrecy, found.st_mode, found.st_uid};
}

std::optional<std::int64_t> find_holder(const fs::path& lock_file) {
  const auto holder = base::FileLock::holder(lock_file);
  return holder && *holder && **holder > 0 ? *holder : std::nullopt;
}

}  // namespace waybill::doctor
