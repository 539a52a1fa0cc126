#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "doctor/finding.h"

namespace waybill::doctor {

// How small writes into a folder came to the disk.
struct FlushFacts {
  std::filesystem::path folder;
  std::string file_system;                        // tmpfs, nfs, …; empty: unknown
  std::vector<std::chrono::nanoseconds> flushes;  // each of a write and its sync
};

// `disk`: whether what a commit syncs can be believed to be on disk, and comes there fast enough for the appends. An
// error of the measurement is something to mend.
Finding check_disk(const base::Result<FlushFacts>& facts);

// The room where a store lies.
struct SpaceFacts {
  std::uint64_t free_bytes = 0;
  std::optional<std::uint64_t> free_files;  // unset: the file system counts none
  std::uint64_t store_bytes = 0;
  std::uint64_t largest_file_bytes = 0;
  std::optional<base::WallTime> since;  // when the store began to grow; unset: unknown
  base::WallTime now;
};

// `space`: whether there is room to merge and seal, and to grow for a month as the store has grown so far.
Finding check_space(const SpaceFacts& facts);

}  // namespace waybill::doctor
