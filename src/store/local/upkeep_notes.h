#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "base/result.h"
#include "store/event_store.h"

namespace waybill::store {

// What the database of a data directory says of erasures and retention, for command-line tools.
struct UpkeepNotes {
  std::vector<Erasure> erasures;
  std::map<model::WorkspaceNumber, Retention> own_retention;
};

// Reads it; fine while a server holds the directory. Fails as open_registry.
base::Result<UpkeepNotes> read_upkeep_notes(const std::filesystem::path& folder);

}  // namespace waybill::store
