#pragma once

#include <cstdint>
#include <filesystem>

#include "base/file_system.h"
#include "base/result.h"
#include "model/position.h"

namespace waybill::store {

// Leaves out all events that a store learned of after position `last`: from its log, from its segments, which are
// written anew where they hold some, and from what is counted. Workspaces that only such events made are gone too.
// Erasures stay, later ones as well, and so do accounts, keys and retention. Gives how many events were left out.
//
// REQUIRES: nobody else has the folder open, and it is thrown away after a failure: a half of it is no store.
// kCorruption, kStorageFull, kIo.
base::Result<std::uint64_t> cut_after(const std::filesystem::path& folder, model::Position last,
                                      base::FileSystem& files);

}  // namespace waybill::store
