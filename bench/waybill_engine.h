#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "bench/engine.h"

namespace waybill::bench {

// The embedded store of a data directory that an import has made, opened in this process.
base::Result<std::unique_ptr<Engine>> open_waybill(const std::string& folder);

// Bytes of a file. A length of 0 means up to its end.
struct FileRegion {
  std::filesystem::path path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// Where the records of a data directory lie, apart from what finds them as far as that can be told apart.
std::vector<FileRegion> record_regions(const std::filesystem::path& folder);

}  // namespace waybill::bench
