#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/event_store.h"
#include "store/local/event_description.h"

namespace waybill::store {

// Something that is not as it must be.
struct Finding {
  std::string file;  // its name within the data directory
  std::string what;  // the place, and the rule that is broken
};

struct VerifyReport {
  std::vector<Finding> findings;
  std::uint64_t events = 0;  // in segments
  std::uint64_t segments = 0;
  std::uint64_t in_log = 0;  // events that no segment holds yet
};

// Told of each file that is begun, and of events that were looked at in it: some thousand times for a large file.
using VerifyProgress = std::function<void(const std::string& file, std::uint64_t events, std::uint64_t events_total)>;

struct VerifyParts {
  DescribeRecord describe;
  VerifyProgress progress;
  base::WallTime now;
  Retention retention;  // where a workspace has none of its own
};

// Checks a store from its records to its index and changes nothing in it: the database, the log, the manifest against
// the folder, each file's pages and structure, each event against what is kept beside its record, and that its sid is
// found and is there once. Holds the folder's lock meanwhile, and 16 bytes of memory for each event. Fails only where
// it cannot look at all: kConflict if another process holds the folder or a later release wrote it, kNotFound if it is
// no data directory.
base::Result<VerifyReport> verify_store(const std::filesystem::path& folder, const VerifyParts& parts);

// The same for a folder that nobody changes anyway; takes no lock, and makes no file.
base::Result<VerifyReport> verify_copy(const std::filesystem::path& folder, const VerifyParts& parts);

}  // namespace waybill::store
