#pragma once

#include <filesystem>

#include "base/result.h"
#include "bench/waybill_engine.h"

namespace waybill::bench {

// Lets the operating system forget a part of a file, so that it is read from the disk next time. What is mapped and
// has been looked at stays. kIo.
base::Result<void> forget_region(const FileRegion& region);

// The same for all files of a folder, what this process has mapped of them included.
base::Result<void> forget_folder(const std::filesystem::path& folder);

}  // namespace waybill::bench
