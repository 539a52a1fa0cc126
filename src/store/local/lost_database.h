#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/local/repair.h"

namespace waybill::store {

// Behind the name of a file that was set aside since it cannot be read whole, or since others hold what it holds.
constexpr const char* kDamagedSuffix = ".damaged";
constexpr const char* kReplacedSuffix = ".replaced";

// Gives `folder` a new database with the store id of its segments, in place of one that is lost or broken, which is set
// aside. It knows no account, workspace or file yet. kNotFound if there is no segment to tell the store id.
base::Result<void> make_lost_database(const std::filesystem::path& folder, const RepairParts& parts);

// Moves a file aside, with kDamagedSuffix and a number behind its name where there is one of that name already. Fine if
// it is not there. kIo.
base::Result<void> set_aside_damaged(const std::filesystem::path& path, base::FileSystem& files);

}  // namespace waybill::store
