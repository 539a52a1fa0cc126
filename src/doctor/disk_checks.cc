#include "doctor/disk_checks.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace waybill::doctor {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr const char* kDisk = "disk";
constexpr const char* kSpace = "space";

// A flush takes a journal's write and the device's answer. The fastest devices that keep what they took need some
// 20 µs for it; what is below has not been asked.
constexpr nanoseconds kBelievable = std::chrono::microseconds(15);
// A commit waits for one flush, and whoever sends an event waits for the commit.
constexpr milliseconds kUsualMax{30};
constexpr milliseconds kSlowestMax{250};

constexpr std::uint64_t kGiB = 1024ULL * 1024 * 1024;
constexpr std::uint64_t kFreeFilesMin = 1000;
constexpr double kDaysAhead = 30;

struct BadFileSystem {
  const char* name;
  const char* why;
};
constexpr std::array kBadFileSystems = {
    BadFileSystem{"tmpfs", "lies in memory (tmpfs), and is gone with the next start of the machine"},
    BadFileSystem{"ramfs", "lies in memory (ramfs), and is gone with the next start of the machine"},
    // https://www.sqlite.org/wal.html: all processes must be on one host, as WAL does not work over a network.
    BadFileSystem{"nfs", "lies on a network file system (NFS), where the write-ahead log of SQLite does not work"},
    BadFileSystem{"cifs", "lies on a network file system (SMB), where the write-ahead log of SQLite does not work"},
};

Finding judge_flushes(const FlushFacts& facts) {
  std::vector<nanoseconds> sorted = facts.flushes;
  std::sort(sorted.begin(), sorted.end());
  const nanoseconds usual = sorted[sorted.size() / 2];
  const nanoseconds slowest = sorted.back();
  const std::string seen = fmt::format("a small write is on disk after {} (the slowest of {}: {})",
                                       duration_text(usual), sorted.size(), duration_text(slowest));
  if (usual < kBelievable) {
    return mend(kDisk, seen + ", faster than any disk that keeps it through a power cut",
                "let the disk flush (no 'nobarrier', no virtual disk that ignores flushes), or put the data directory "
                "on one that does");
  }
  if (usual > kUsualMax || slowest > kSlowestMax) {
    return mend(kDisk, seen + ", and every commit waits for one",
                "put the data directory on a faster disk, such as an SSD");
  }
  if (facts.file_system == "overlay") {
    return note(kDisk, seen + ", but the directory lies in a container's own layer, and goes with the container",
                "mount a volume there");
  }
  return fine(kDisk, seen);
}

}  // namespace

Finding check_disk(const base::Result<FlushFacts>& facts) {
  if (!facts) {
    return mend(kDisk, facts.error().message(),
                "run the doctor as the user that serves, or give that user the directory");
  }
  for (const BadFileSystem& bad : kBadFileSystems) {
    if (facts->file_system == bad.name) {
      return mend(kDisk, facts->folder.string() + " " + bad.why, "put the data directory on a disk of this machine");
    }
  }
  if (facts->flushes.empty()) return note(kDisk, "no write was measured");
  return judge_flushes(*facts);
}

Finding check_space(const SpaceFacts& facts) {
  using Days = std::chrono::duration<double, std::chrono::days::period>;
  const std::string free = bytes_text(facts.free_bytes) + " free";
  const std::string advice = "make room, move the data directory to a larger disk, or keep less (retain)";
  if (facts.free_files && *facts.free_files < kFreeFilesMin) {
    return mend(kSpace, fmt::format("room for {} more files only", *facts.free_files), advice);
  }
  // Merging writes a file anew before the old ones go; the database and its log grow too.
  const std::uint64_t needed = std::max(kGiB, 2 * facts.largest_file_bytes);
  if (facts.free_bytes < needed) {
    return mend(kSpace, free + "; upkeep needs " + bytes_text(needed) + " to write files anew", advice);
  }
  const std::string held = ", " + bytes_text(facts.store_bytes) + " held";
  const double days = facts.since ? Days(facts.now - *facts.since).count() : 0;
  // A younger store has been filled rather than grown.
  if (days < 1 || facts.store_bytes == 0) return fine(kSpace, free + held);
  const double a_day = static_cast<double>(facts.store_bytes) / days;
  const double left = static_cast<double>(facts.free_bytes) / a_day;
  const std::string growth = fmt::format("{}{}; at {} a day there is room for {:.0f} days", free, held,
                                         bytes_text(static_cast<std::uint64_t>(a_day)), std::min(left, 99'999.0));
  return left < kDaysAhead ? mend(kSpace, growth, advice) : fine(kSpace, growth);
}

}  // namespace waybill::doctor
