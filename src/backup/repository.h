#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "backup/manifest.h"
#include "base/clock.h"
#include "base/result.h"

namespace waybill::backup {

// What lies where in a folder of backups: each backup is a folder of its own, which looks as a data directory does and
// has a manifest. Files that several of them have are the same file on disk, where the file system has hard links.
constexpr const char* kRepositoryLock = "backup.lock";
constexpr const char* kUnfinished = "unfinished";  // the backup that is being made, or was when its process ended

// A backup that counts.
struct Backup {
  std::string name;
  std::filesystem::path path;
  Manifest manifest;
};

struct BackupList {
  std::vector<Backup> backups;          // oldest first
  std::vector<base::Error> unreadable;  // folders whose manifest cannot be read, by name
};

// The backups in `folder`, or the one that it is itself. Empty if there is no such folder; kIo.
base::Result<BackupList> list_backups(const std::filesystem::path& folder);

// Whether `folder` is a backup, or has backups.
bool has_backups(const std::filesystem::path& folder);

// 20261123T100005Z; with -2, -3, … behind it where one of the same second is there.
std::string name_for(const std::filesystem::path& repository, base::WallTime taken);

}  // namespace waybill::backup
