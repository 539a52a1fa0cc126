#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "cli/commands.h"
#include "store/local/local_store.h"

namespace waybill::cli {

// The store of a data directory, for a command that writes; made if it is missing. What `process` lends must outlive
// it. Fails as LocalStore::open: kConflict if a server holds the directory.
base::Result<std::unique_ptr<store::LocalStore>> open_store(const std::filesystem::path& folder, const Process& process,
                                                            const store::LocalOptions& options);

}  // namespace waybill::cli
