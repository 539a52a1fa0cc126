#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "backup/manifest.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"

namespace waybill::backup {

// Whether sealed files may be hard-linked into a backup, which costs no room and no second copy of the bytes, or must
// be copied.
enum class Sharing { kLinks, kCopies };

struct TakeParts {
  base::FileSystem& files;
  const base::Clock& clock;
  Sharing sharing = Sharing::kLinks;
  // Told of each file that is begun.
  std::function<void(const std::string& file)> progress;
  // Called at the named steps; for tests, which end the process there. May be empty.
  std::function<void(std::string_view)> at_step;
};

struct TakenBackup {
  std::string name;
  Manifest manifest;
  // Where its bytes came from; the database's are among those copied.
  std::uint64_t bytes_shared = 0;  // with a backup of before
  std::uint64_t bytes_linked = 0;  // with the data directory
  std::uint64_t bytes_copied = 0;
};

// Makes a backup of the data directory `data`, which a server may hold and go on changing, in the folder of backups
// `repository`, which is made if need be: the state of one moment, whole or not at all. What an interrupted one left in
// `unfinished` is gone on with. Each file that was not in a backup before is compared with its own checksums.
//
// kInvalidArgument if `repository` is a data directory or a backup itself; kConflict if another process makes a backup
// there, if it has those of another store, or if a later release wrote `data`; kNotFound if `data` is no data
// directory; kCorruption if something in it is damaged or missing; kStorageFull, kIo.
base::Result<TakenBackup> take_backup(const std::filesystem::path& data, const std::filesystem::path& repository,
                                      const TakeParts& parts);

}  // namespace waybill::backup
