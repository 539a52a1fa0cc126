#include "app/privileges.h"

#include <vector>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/strings.h"

namespace waybill::app {
namespace {

// What root leaves to the user: a directory that he can use.
base::Result<void> prepare_directory(const std::filesystem::path& data, const passwd& user) {
  struct stat found{};
  if (stat(data.c_str(), &found) != 0) {
    TRY(base::make_private_folder(data));
    if (chown(data.c_str(), user.pw_uid, user.pw_gid) != 0) return base::last_system_error("giving away", data);
    return {};
  }
  if (found.st_uid == user.pw_uid) return {};
  return base::invalid_argument(data.string() + " belongs to another user than " + user.pw_name + "; give it to " +
                                user.pw_name + " with everything in it (chown -R)");
}

}  // namespace

base::Result<void> become_user(const std::string& user, const std::filesystem::path& data) {
  if (user.empty()) return {};
  constexpr std::size_t kEntryBytesMax = 64UL * 1024;
  std::vector<char> text(kEntryBytesMax);
  passwd found{};
  passwd* entry = nullptr;
  if (getpwnam_r(user.c_str(), &found, text.data(), text.size(), &entry) != 0 || entry == nullptr)
    return base::invalid_argument("there is no user " + base::quoted_for_message(user));
  if (geteuid() == entry->pw_uid && getuid() == entry->pw_uid) return {};
  if (geteuid() != 0) {
    return base::invalid_argument("only root can become " + base::quoted_for_message(user) +
                                  "; start as that user, or leave the setting out");
  }
  TRY(prepare_directory(data, *entry));
  // The groups first, while we still may; all three ids, so that nothing leads back.
  const bool is_done = initgroups(entry->pw_name, entry->pw_gid) == 0 &&
                       setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) == 0 &&
                       setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) == 0;
  if (!is_done) return base::last_system_error("becoming the user", entry->pw_name);
  if (entry->pw_uid != 0 && setuid(0) == 0) return base::io_error("this process could become root again");
  return {};
}

}  // namespace waybill::app
