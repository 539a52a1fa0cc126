#pragma once

#include <cstdint>
#include <filesystem>

#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "model/position.h"
#include "store/local/manifest.h"
#include "store/local/schema.h"

namespace waybill::store {

// Copies waybill.db of `folder`, which another process may hold and go on writing, into a new file `to`: one moment of
// it, synced, without pages that are free, so that nothing is left of what was deleted. kNotFound if the folder is no
// data directory; kConflict if a later release wrote it, or if `to` is there; kCorruption, kBusy, kStorageFull, kIo.
base::Result<void> copy_database(const std::filesystem::path& folder, const std::filesystem::path& to,
                                 base::FileSystem& files);

// What the waybill.db of a folder says of its store.
struct DatabaseSummary {
  StoreFacts facts;
  Manifest manifest;
  std::int64_t format = 0;
  model::Position position = model::kNoPosition;  // of the last commit
  std::uint64_t events = 0;                       // of all workspaces
};
// Errors as open_database_to_read.
base::Result<DatabaseSummary> summarize_database(const std::filesystem::path& folder);

// Gives the store of a folder that nobody else has open a new incarnation, and leaves its database without a log.
base::Result<void> begin_new_life(const std::filesystem::path& folder, base::Random& random);

}  // namespace waybill::store
