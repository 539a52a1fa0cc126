#include "app/privileges.h"

#include <cerrno>
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

// A user's name, or the number where there is none.
std::string name_of(uid_t user) {
  constexpr std::size_t kEntryBytesMax = 64UL * 1024;
  std::vector<char> text(kEntryBytesMax);
  passwd found{};
  passwd* entry = nullptr;
  if (getpwuid_r(user, &found, text.data(), text.size(), &entry) != 0 || entry == nullptr) return std::to_string(user);
  return entry->pw_name;
}

// The ids that lead to nothing more, and never back. The groups first, while we still may.
base::Result<void> drop_to(const std::string& name, uid_t user, gid_t group, bool has_name) {
  const bool has_groups = has_name ? initgroups(name.c_str(), group) == 0 : setgroups(0, nullptr) == 0;
  const bool is_done = has_groups && setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0;
  if (!is_done) return base::last_system_error("becoming the user", name);
  if (user != 0 && setuid(0) == 0) return base::io_error("this process could become root again");
  return {};
}

// What this process must be able to do with a file of a data directory: sealed files and certificates are only read.
int wanted_of(const std::filesystem::directory_entry& entry, int depth) {
  std::error_code error;
  if (entry.is_directory(error)) return R_OK | W_OK | X_OK;
  return depth == 0 ? R_OK | W_OK : R_OK;
}

}  // namespace

base::Result<std::string> become_owner(const std::filesystem::path& data) {
  struct stat found{};
  if (geteuid() != 0 || stat(data.c_str(), &found) != 0 || found.st_uid == 0) return std::string();
  const std::string name = name_of(found.st_uid);
  TRY(drop_to(name, found.st_uid, found.st_gid, name != std::to_string(found.st_uid)));
  return "working as " + name + ", who owns " + data.string();
}

base::Result<void> check_ownership(const std::filesystem::path& data) {
  struct stat found{};
  if (stat(data.c_str(), &found) != 0) return {};
  const std::string self = name_of(geteuid());
  const std::string owner = name_of(found.st_uid);
  if (access(data.c_str(), R_OK | W_OK | X_OK) != 0) {
    return base::invalid_argument(data.string() + " belongs to " + owner + ", and this process runs as " + self +
                                  "; run it as " + owner + " (sudo -u " + owner + " waybill …)");
  }
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(data, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    if (access(at->path().c_str(), wanted_of(*at, at.depth())) == 0 || errno != EACCES) continue;
    if (stat(at->path().c_str(), &found) != 0) continue;
    return base::invalid_argument(at->path().string() + " belongs to " + name_of(found.st_uid) +
                                  ", and this process runs as " + self + "; give everything in " + data.string() +
                                  " to " + owner + " (as root: chown -R " + owner + " " + data.string() + ")");
  }
  return {};
}

base::Result<void> give_to_owner(const std::filesystem::path& data) {
  struct stat owner{};
  if (geteuid() != 0 || stat(data.c_str(), &owner) != 0 || owner.st_uid == 0) return {};
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(data, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    if (lchown(at->path().c_str(), owner.st_uid, owner.st_gid) != 0) {
      return base::last_system_error("giving away", at->path());
    }
  }
  return {};
}

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
  return drop_to(entry->pw_name, entry->pw_uid, entry->pw_gid, true);
}

}  // namespace waybill::app
