#include "backup/repository.h"

#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/time_text.h"

namespace waybill::backup {
namespace {

base::Result<std::vector<std::filesystem::path>> folders_with_manifest(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder, error) && !error) return std::vector<std::filesystem::path>();
  // Also if `folder` ends with a slash.
  const std::filesystem::path whole = std::filesystem::absolute(folder, error).lexically_normal();
  if (std::filesystem::exists(folder / kManifestFile, error)) {
    return std::vector{whole.has_filename() ? whole : whole.parent_path()};
  }
  std::vector<std::filesystem::path> found;
  std::filesystem::directory_iterator at(folder, error);
  for (const std::filesystem::directory_iterator end; !error && at != end; at.increment(error)) {
    std::error_code unknown;
    if (at->path().filename() == kUnfinished) continue;
    if (std::filesystem::exists(at->path() / kManifestFile, unknown)) found.push_back(at->path());
  }
  if (error) return base::io_error("reading " + folder.string() + ": " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

base::Result<BackupList> list_backups(const std::filesystem::path& folder) {
  TRY_ASSIGN(const auto paths, folders_with_manifest(folder));
  BackupList list;
  for (const std::filesystem::path& path : paths) {
    auto manifest = read_manifest(path);
    if (manifest) {
      list.backups.push_back({path.filename().string(), path, *std::move(manifest)});
    } else {
      list.unreadable.push_back(std::move(manifest).error());
    }
  }
  std::sort(list.backups.begin(), list.backups.end(), [](const Backup& a, const Backup& b) {
    return std::tie(a.manifest.taken, a.name) < std::tie(b.manifest.taken, b.name);
  });
  return list;
}

bool has_backups(const std::filesystem::path& folder) {
  const auto list = list_backups(folder);
  return list && !(list->backups.empty() && list->unreadable.empty());
}

std::string name_for(const std::filesystem::path& repository, base::WallTime taken) {
  std::string name = base::to_second_text(taken);
  std::erase_if(name, [](char letter) { return letter == '-' || letter == ':'; });
  std::error_code error;
  std::string free = name;
  for (int number = 2; std::filesystem::exists(repository / free, error); ++number) {
    free = name + "-" + std::to_string(number);
  }
  return free;
}

}  // namespace waybill::backup
