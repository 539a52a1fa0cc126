#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "store/local/manifest.h"

namespace waybill::store {

// A file of the folder of segments, by its name.
struct NamedFile {
  std::uint64_t number = 0;
  FileKind kind = FileKind::kSegment;
  bool has_new_name = false;  // kNewSuffix stands behind it
  std::filesystem::path path;
};

struct FolderFiles {
  std::vector<NamedFile> files;  // segments and sid files, by name
  std::uint64_t number_max = 0;  // of everything that is there, whatever was put behind its name
};

// What lies in a folder of segments. kIo.
base::Result<FolderFiles> list_files(const std::filesystem::path& folder);

}  // namespace waybill::store
