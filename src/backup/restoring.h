#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "backup/repository.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/position.h"
#include "store/local/local_options.h"

namespace waybill::backup {

// Which moment is wanted; nothing set: that of the newest backup.
struct Moment {
  std::string name;                         // of a backup
  std::optional<model::Position> position;  // the last one that is wanted
  std::optional<base::WallTime> time;       // without `name` and `position`: the newest backup that is not younger
};

struct RestoreParts {
  const store::LocalParts& store;
  std::function<void(const std::string& doing)> progress;
  // Called at the named steps; for tests, which end the process there. May be empty.
  std::function<void(std::string_view)> at_step;
};

struct Restored {
  Backup backup;               // which one was taken
  std::uint64_t left_out = 0;  // events of it that came after the wanted position
  std::uint64_t erasures = 0;  // that only later backups know
  model::Position position = model::kNoPosition;
  std::uint64_t events = 0;
};

// The backup that a moment is restored from. With a position: the newest that reaches it, or the named one. kNotFound,
// naming what there is, if there is none.
base::Result<Backup> choose_backup(const BackupList& list, const Moment& moment);

// Makes the data directory `data` out of a backup in `from`, a folder of backups or a single one. Each file is copied
// and held against the manifest; what came after the moment is left out; what any later backup beside it knows to be
// erased is erased here too; and the store begins a new life, in which page tokens of before are refused. `data` must
// be missing or empty; what an interrupted restore left in it is replaced. Until the end it has no waybill.db.
//
// kConflict if `data` is not empty or is held, or if a later release wrote the backup; kNotFound as choose_backup;
// kCorruption if the backup is damaged; kStorageFull, kIo.
base::Result<Restored> restore_backup(const std::filesystem::path& from, const std::filesystem::path& data,
                                      const Moment& moment, const RestoreParts& parts);

}  // namespace waybill::backup
