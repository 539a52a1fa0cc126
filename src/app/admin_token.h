#pragma once

#include <filesystem>
#include <string>

#include "base/random.h"
#include "base/result.h"

namespace waybill::app {

// The file that holds the administrator's token: readable by its owner alone.
constexpr const char* kAdminTokenFile = "admin.token";

// The token of a data directory; made if there is none. kIo if the file cannot be read or written, kCorruption if it is
// empty.
base::Result<std::string> ensure_admin_token(const std::filesystem::path& folder, base::Random& random);

}  // namespace waybill::app
