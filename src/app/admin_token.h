#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace waybill::app {

// The file that holds the administrator's token: readable by its owner alone.
constexpr const char* kAdminTokenFile = "admin.token";

// Whether a text has the shape of a token: 32 hexadecimal digits.
bool is_admin_token(std::string_view text);

// The token that a file holds: 32 hexadecimal digits, with white space around them or not. kCorruption, naming the
// file, for anything else, so that a file that was cut short or written by hand never becomes a weaker secret;
// kNotFound, kIo.
base::Result<std::string> read_admin_token(const std::filesystem::path& file);

// The token of a data directory; made if there is none. Fails as read_admin_token; kIo and kStorageFull also if the
// file cannot be written.
base::Result<std::string> ensure_admin_token(const std::filesystem::path& folder, base::Random& random);

}  // namespace waybill::app
