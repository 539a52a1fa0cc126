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

// For a command that writes into a data directory: root that works on another user's directory becomes that user, for
// good, so that no file of it is left to root. What it gives is a sentence that says so, or empty. Nothing happens
// where the directory is missing. kInvalidArgument if its owner is no user of this machine that can be become; kIo.
// REQUIRES: no other thread has been started.
base::Result<std::string> become_owner(const std::filesystem::path& data);

// Whether this process can work with everything in a data directory. kInvalidArgument, naming the owner, this process's
// user and what to do, if it cannot: a directory of somebody else, or files that another user's command left in it.
base::Result<void> check_ownership(const std::filesystem::path& data);

// Gives a directory and all in it to its folder's owner, where root has made them. For a restore. kIo.
base::Result<void> give_to_owner(const std::filesystem::path& data);

}  // namespace waybill::app
