#pragma once

#include <filesystem>

#include "base/result.h"

namespace waybill::cli {

// For a command that is about to write into a data directory: root becomes the directory's owner, and standard error
// says so; anybody else must be able to work there. Errors as app::become_owner and app::check_ownership.
base::Result<void> act_as_owner(const std::filesystem::path& data);

}  // namespace waybill::cli
