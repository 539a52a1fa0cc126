#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "doctor/finding.h"

namespace waybill::doctor {

enum class ClockKeeping {
  kSynchronised,
  kAlone,      // nothing keeps it right
  kElsewhere,  // nothing in here could: that is for the machine outside of this container
  kUnknown,
};

struct ClockFacts {
  base::WallTime now;
  ClockKeeping keeping = ClockKeeping::kUnknown;  // what the system's clock says of itself
  std::optional<base::WallTime> newest_file;      // of the store, by its time of change
  std::optional<std::chrono::seconds> ahead;      // of another's clock, if one was asked
  std::string other;                              // whose that is
};

// `clock`: whether it can be right, agrees with another's, and somebody keeps it so.
Finding check_clock(const ClockFacts& facts);

struct DescriptorFacts {
  std::uint64_t limit = 0;    // RLIMIT_NOFILE, the hard one: a server raises its soft one
  bool is_of_server = false;  // it is a running server's; else that of whoever runs the doctor
  std::uint64_t connections_max = 0;
  std::uint64_t files = 0;  // sealed ones, each of which is held open
};

// `files`: whether connections and sealed files can all be open.
Finding check_descriptors(const DescriptorFacts& facts);

// `mappings`: whether the system lets a process map that many sealed files; `limit` is vm.max_map_count.
Finding check_mappings(std::optional<std::uint64_t> limit, std::uint64_t files);

struct MemoryFacts {
  std::uint64_t machine_bytes = 0;
  std::optional<std::uint64_t> group_bytes;  // what the control group allows; unset: as much as there is
  std::uint64_t cache_bytes = 0;             // of the settings
  std::uint64_t queued_bytes_max = 0;
  std::uint64_t bodies_bytes_max = 0;
  std::uint64_t answers_bytes_max = 0;
  std::uint64_t tail_bytes = 0;  // of events that are not sealed, at most
};

// `memory`: whether what the settings let a server take fits.
Finding check_memory(const MemoryFacts& facts);

}  // namespace waybill::doctor
