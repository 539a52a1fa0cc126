#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace waybill::bundle {

// A file of an archive.
struct ArchiveFile {
  std::string name;
  std::string text;
};

// The files, in a folder of that name, as a tar archive in gzip (over libarchive). Their owner alone may read them once
// they are unpacked; all are of the time `now`. kIo if it cannot be made.
base::Result<std::string> make_archive(const std::string& folder, std::span<const ArchiveFile> files,
                                       base::WallTime now);

// The files of such an archive. For tests, and for no archive of strangers.
base::Result<std::vector<ArchiveFile>> read_archive_for_test(std::string_view archive);

}  // namespace waybill::bundle
