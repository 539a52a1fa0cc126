#include "backup/restoring.h"

#include <set>
#include <system_error>
#include <utility>

#include "backup/file_copy.h"
#include "base/files.h"
#include "base/time_text.h"
#include "store/local/carried_erasures.h"
#include "store/local/cutting.h"
#include "store/local/database_copy.h"
#include "store/local/schema.h"

namespace waybill::backup {
namespace {

using base::Result;

// Within the data directory: what is being made. Moved to its place when it is whole.
constexpr const char* kWorkFolder = "restore.new";

Result<std::set<std::string>> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (const std::filesystem::directory_iterator end; !error && at != end; at.increment(error)) {
    names.insert(at->path().filename().string());
  }
  if (error) return base::io_error("reading " + folder.string() + ": " + error.message());
  return names;
}

Result<void> remove_whole(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return base::io_error("removing " + path.string() + ": " + error.message());
  return {};
}

// Removes what an interrupted restore left; refuses what is anything else. REQUIRES: the folder's lock is held.
Result<void> make_empty(const std::filesystem::path& data) {
  TRY_ASSIGN(std::set<std::string> names, names_in(data));
  names.erase(store::kLockFile);
  if (names.contains(kWorkFolder) && !names.contains(store::kDatabaseFile)) {
    // Its segments may have been moved already, and a database without its log.
    for (const std::string& name : {std::string(store::kSegmentFolder), std::string(kWorkFolder)}) {
      TRY(remove_whole(data / name));
      names.erase(name);
    }
  }
  if (names.empty()) return {};
  return base::conflict(data.string() + " is not empty (it has " + *names.begin() +
                        "); a backup is restored into an empty directory only");
}

class Restorer {
 public:
  Restorer(Backup backup, const BackupList& list, std::filesystem::path data, const RestoreParts& parts)
      : backup_(std::move(backup)), list_(list), data_(std::move(data)), work_(data_ / kWorkFolder), parts_(parts) {}

  Result<Restored> run(const std::optional<model::Position>& last) {
    TRY(base::make_private_folder(work_));
    TRY(base::make_private_folder(work_ / store::kSegmentFolder));
    for (const BackupFile& file : backup_.manifest.files) TRY(copy(file));
    TRY(parts_.store.files.sync_folder(work_ / store::kSegmentFolder));
    TRY(parts_.store.files.sync_folder(work_));
    at_step("restore.copied");
    Restored restored;
    if (last && *last < backup_.manifest.position) {
      parts_.progress("leaving out what came after position " + std::to_string(to_number(*last)));
      TRY_ASSIGN(restored.left_out, store::cut_after(work_, *last, parts_.store.files));
    }
    TRY_ASSIGN(restored.erasures, carry_erasures());
    TRY_ASSIGN(const store::DatabaseSummary summary, store::summarize_database(work_));
    restored.position = summary.position;
    restored.events = summary.events;
    // Last, since who only looks leaves an empty log behind, and who writes removes it.
    TRY(store::begin_new_life(work_, parts_.store.random));
    TRY(move_to_place());
    restored.backup = std::move(backup_);
    return restored;
  }

 private:
  void at_step(std::string_view step) const {
    if (parts_.at_step) parts_.at_step(step);
  }

  Result<void> copy(const BackupFile& file) {
    parts_.progress(file.name);
    auto source = HeldFile::open(backup_.path / file.name);
    if (!source && source.error().code() == base::ErrorCode::kNotFound) {
      return base::corruption((backup_.path / file.name).string() + " is missing; the backup is damaged");
    }
    if (!source) return std::move(source).error();
    TRY_ASSIGN(const HeldFile::Content content, source->copy_to(work_ / file.name, parts_.store.files));
    if (content.bytes != file.bytes || content.sha256 != file.sha256) {
      return base::corruption((backup_.path / file.name).string() +
                              " is not what the manifest says, by size or SHA-256; the backup is damaged");
    }
    return {};
  }

  // Of every later backup, since a store that was restored in between may have known others.
  Result<std::uint64_t> carry_erasures() {
    std::uint64_t carried = 0;
    for (const Backup& later : list_.backups) {
      if (later.name == backup_.name || later.manifest.taken < backup_.manifest.taken) continue;
      if (later.manifest.store_id != backup_.manifest.store_id) continue;
      parts_.progress("looking for erasures in " + later.name);
      const auto count = store::carry_erasures(work_, later.path, parts_.store);
      if (!count) return count.error().while_doing("taking over what " + later.name + " knows to be erased");
      carried += *count;
    }
    return carried;
  }

  // The database comes last: without it this is no data directory.
  Result<void> move_to_place() {
    base::FileSystem& files = parts_.store.files;
    std::error_code error;
    if (std::filesystem::exists(work_ / (store::kDatabaseFile + std::string("-wal")), error)) {
      return base::busy((work_ / store::kDatabaseFile).string() + " is open elsewhere");
    }
    TRY(files.sync_folder(work_ / store::kSegmentFolder));
    TRY(files.rename(work_ / store::kSegmentFolder, data_ / store::kSegmentFolder));
    TRY(files.sync_folder(data_));
    at_step("restore.segments_moved");
    TRY(files.rename(work_ / store::kDatabaseFile, data_ / store::kDatabaseFile));
    TRY(files.sync_folder(data_));
    at_step("restore.database_moved");
    return remove_whole(work_);
  }

  Backup backup_;
  const BackupList& list_;
  const std::filesystem::path data_;
  const std::filesystem::path work_;
  const RestoreParts& parts_;
};

base::Error nothing_fits(const BackupList& list, const std::string& wanted) {
  std::string there;
  for (const Backup& backup : list.backups) {
    there += "; " + backup.name + ": taken " + base::to_second_text(backup.manifest.taken) + ", up to position " +
             std::to_string(to_number(backup.manifest.position));
  }
  if (there.empty()) there = "; there is no backup at all";
  return base::not_found("there is no backup " + wanted + there);
}

}  // namespace

Result<Backup> choose_backup(const BackupList& list, const Moment& moment) {
  const auto fits = [&](const Backup& backup) {
    if (!moment.name.empty() && backup.name != moment.name) return false;
    if (moment.position && backup.manifest.position < *moment.position) return false;
    return !moment.time || backup.manifest.taken <= *moment.time;
  };
  for (auto backup = list.backups.rbegin(); backup != list.backups.rend(); ++backup) {
    if (fits(*backup)) return *backup;
  }
  std::string wanted = moment.name.empty() ? "to restore from" : moment.name;
  if (moment.position) wanted += " that reaches position " + std::to_string(to_number(*moment.position));
  if (moment.time) wanted += " that was taken at or before " + base::to_millisecond_text(*moment.time);
  return nothing_fits(list, wanted);
}

Result<Restored> restore_backup(const std::filesystem::path& from, const std::filesystem::path& data,
                                const Moment& moment, const RestoreParts& parts) {
  TRY_ASSIGN(BackupList list, list_backups(from));
  // A folder whose manifest is of a later release, say, might be just the one that is meant.
  for (const base::Error& error : list.unreadable) {
    if (moment.name.empty() || error.message().find("/" + moment.name + "/") != std::string::npos) return error;
  }
  TRY_ASSIGN(Backup backup, choose_backup(list, moment));
  if (backup.manifest.database_format > store::kDatabaseFormat) {
    return base::conflict(
        backup.path.string() + " has a database of format " + std::to_string(backup.manifest.database_format) +
        ", written by a later release; this one knows " + std::to_string(store::kDatabaseFormat) + " and earlier");
  }
  TRY(base::make_private_folder(data));
  TRY_ASSIGN(const base::FileLock lock, base::FileLock::take(data / store::kLockFile));
  TRY(make_empty(data));
  // Beside a single backup there may be later ones.
  if (std::error_code error; std::filesystem::exists(from / kManifestFile, error)) {
    TRY_ASSIGN(list, list_backups(backup.path.parent_path()));
  }
  return Restorer(std::move(backup), list, data, parts).run(moment.position);
}

}  // namespace waybill::backup
