#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "store/local/event_description.h"

namespace waybill::store {

// What a repair did, in sentences for a person.
struct RepairReport {
  std::vector<std::string> done;  // empty: nothing had to be done
  std::vector<std::string> lost;  // what could not be saved, and what a person should do now
};

struct RepairParts {
  base::FileSystem& files;
  base::Random& random;
  base::WallTime now;
  DescribeRecord describe;
  std::function<void(const std::string& doing)> progress;
};

// Makes a store whole again of what is left of it: the manifest from the segments' own words, sid files from the
// segments, damaged segments from those of their events that can be read, a lost waybill.db from all of it. Nothing is
// deleted: what is not used any more stays beside with .damaged or .replaced behind its name. May be run again after an
// interruption. Holds the folder's lock.
//
// kConflict if another process holds the folder or a later release wrote part of it; kCorruption if a person must
// decide, and then nothing was changed; kStorageFull, kIo.
base::Result<RepairReport> repair_store(const std::filesystem::path& folder, const RepairParts& parts);

}  // namespace waybill::store
