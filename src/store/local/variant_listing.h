#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "store/event_store.h"

namespace waybill::store {

// EventReader::variants of a data directory, on a connection of its own, also while a server holds the directory.
// Errors as open_database_to_read, and kCorruption.
base::Result<std::vector<Variant>> list_variants(const std::filesystem::path& folder, const VariantQuery& query);

}  // namespace waybill::store
