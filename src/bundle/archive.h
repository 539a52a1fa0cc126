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

// The files, in a folder of that name, as a tar archive in gzip. Their owner alone may read them once they are
// unpacked; all are of the time `now`. kInvalidArgument if a name with its folder has a hundred bytes or more,
// kTooLarge beyond 4 GiB.
base::Result<std::string> make_archive(const std::string& folder, std::span<const ArchiveFile> files,
                                       base::WallTime now);

}  // namespace waybill::bundle
