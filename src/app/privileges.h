#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace waybill::app {

// For a process that root has started to open a low port: becomes `user`, with that user's groups, for good, and keeps
// nothing of what root may do. A data directory that is missing is made first, as the user's. Nothing happens if `user`
// is empty, or is who the process is already. kInvalidArgument if there is no such user, if the process may not become
// him, or if the directory is another's; kIo. REQUIRES: no other thread has been started.
base::Result<void> become_user(const std::string& user, const std::filesystem::path& data);

}  // namespace waybill::app
