#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "store/local/local_options.h"

namespace waybill::store {

// Makes known to the store in `folder`, an older copy, what a newer copy of it knows to be erased: what matches leaves
// every file of `folder`, and what was erased is not let in again. Gives how many erasures were new to it. They keep
// the time at which they were requested; their numbers are new. Those of accounts that the older copy does not know are
// left out.
//
// REQUIRES: nobody else has `folder` open, and it is thrown away after a failure; both are copies of one store. Errors
// as LocalStore::open and LocalStore::erase.
base::Result<std::uint64_t> carry_erasures(const std::filesystem::path& folder, const std::filesystem::path& newer,
                                           const LocalParts& parts);

}  // namespace waybill::store
