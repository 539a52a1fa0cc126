#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "backup/manifest.h"
#include "backup/repository.h"
#include "base/result.h"
#include "store/local/verify.h"

namespace waybill::backup {

// Holds the files of a backup against its manifest, by size and SHA-256: a finding for each that is missing or differs.
// `progress` is told of each file. kIo where one cannot look at all.
base::Result<std::vector<store::Finding>> check_files(const std::filesystem::path& folder, const Manifest& manifest,
                                                      const std::function<void(const std::string& file)>& progress);

// The same, then what store::verify_copy looks at, then whether manifest and database say the same.
base::Result<store::VerifyReport> verify_backup(const Backup& backup, const store::VerifyParts& parts);

}  // namespace waybill::backup
