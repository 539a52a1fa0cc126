#include "backup/taking.h"

#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "backup/file_copy.h"
#include "backup/repository.h"
#include "base/files.h"
#include "segment/paged_format.h"
#include "segment/segment.h"
#include "segment/sid_file.h"
#include "store/local/database_copy.h"
#include "store/local/manifest.h"
#include "store/local/schema.h"

namespace waybill::backup {
namespace {

using base::Result;
using store::ManifestFile;

Result<bool> is_there(const std::filesystem::path& path) {
  std::error_code error;
  const bool found = std::filesystem::exists(path, error);
  if (error) return base::io_error("reading " + path.string() + ": " + error.message());
  return found;
}

class Taker {
 public:
  Taker(std::filesystem::path data, std::filesystem::path repository, const TakeParts& parts)
      : data_(std::move(data)), repository_(std::move(repository)), folder_(repository_ / kUnfinished), parts_(parts) {}

  Result<TakenBackup> run() {
    TRY(base::make_private_folder(folder_));
    TRY(base::make_private_folder(folder_ / store::kSegmentFolder));
    // Left by one that was interrupted just before its end.
    TRY(parts_.files.remove(folder_ / kManifestFile));
    TRY(hold_one_moment());
    TRY(drop_leftovers());
    for (Wanted& file : wanted_) TRY(settle(file));
    TRY(note_database());
    return finish();
  }

 private:
  enum class Origin { kUnknown, kUnfinished, kShared, kLinked, kCopied };

  // A sealed file on its way into the backup.
  struct Wanted {
    ManifestFile entry;
    std::string name;
    Origin origin = Origin::kUnknown;
    std::optional<HeldFile> source;  // of one that is to be copied
    std::string known_sha256;        // of one that a backup of before has
  };

  void at_step(std::string_view step) const {
    if (parts_.at_step) parts_.at_step(step);
  }

  // Copies the database and gets hold of every file that it names, so that none can vanish any more.
  Result<void> hold_one_moment() {
    // A file may have been merged with others, and removed, since the manifest was copied; a newer one names what took
    // its place. What is missing by one and the same manifest twice is missing for good.
    std::vector<ManifestFile> missed;
    for (;;) {
      parts_.progress(store::kDatabaseFile);
      for (const char* const end : {"", "-journal", "-wal", "-shm"}) {
        TRY(parts_.files.remove(folder_ / (store::kDatabaseFile + std::string(end))));
      }
      TRY(store::copy_database(data_, folder_ / store::kDatabaseFile, parts_.files));
      // Behind the copy, so that nothing in the backup is younger than it says.
      manifest_.taken = parts_.clock.now();
      at_step("backup.database_copied");
      TRY_ASSIGN(summary_, store::summarize_database(folder_));
      TRY(look_for_previous());
      auto held = hold_files();
      if (held) return {};
      if (held.error().code() != base::ErrorCode::kNotFound) return held;
      if (summary_.manifest.live == missed) {
        return base::corruption("a file that the manifest of " + data_.string() +
                                " names is missing: " + held.error().message());
      }
      missed = summary_.manifest.live;
    }
  }

  // Numbers of files are unique in one life of a store; after a restore others of the same numbers may come.
  Result<void> look_for_previous() {
    TRY_ASSIGN(BackupList list, list_backups(repository_));
    previous_.clear();
    for (Backup& backup : list.backups) {
      if (backup.manifest.store_id != summary_.facts.store_id) {
        return base::conflict(repository_.string() + " has backups of another store (" + backup.name +
                              "); give each store a folder of its own");
      }
      if (backup.manifest.incarnation == summary_.facts.identity.incarnation) previous_.push_back(std::move(backup));
    }
    return {};
  }

  Result<void> hold_files() {
    wanted_.clear();
    for (const ManifestFile& entry : summary_.manifest.live) {
      Wanted file;
      file.entry = entry;
      file.name = std::string(store::kSegmentFolder) + "/" + store::file_name(entry.number, entry.kind);
      TRY(hold(file));
      wanted_.push_back(std::move(file));
    }
    return {};
  }

  Result<void> hold(Wanted& file) {
    TRY_ASSIGN(const std::filesystem::path source, source_of(file));
    const std::filesystem::path target = folder_ / file.name;
    TRY_ASSIGN(const std::string end, read_end(source, segment::kFooterBytes));
    TRY_ASSIGN(const bool is_kept, keeps(target, end, file.entry.bytes));
    if (is_kept) {
      file.origin = Origin::kUnfinished;
      return {};
    }
    TRY(parts_.files.remove(target));
    TRY_ASSIGN(const bool is_shared, share_with_previous(file, target, end));
    if (is_shared) return {};
    if (parts_.sharing == Sharing::kLinks) {
      TRY_ASSIGN(const bool is_linked, link_file(source, target));
      if (is_linked) file.origin = Origin::kLinked;
      if (is_linked) return {};
    }
    TRY_ASSIGN(file.source, HeldFile::open(source));
    file.origin = Origin::kCopied;
    return {};
  }

  // The file in the data directory; it gets its name only after the manifest knows it.
  Result<std::filesystem::path> source_of(const Wanted& file) const {
    std::filesystem::path path = data_ / file.name;
    std::filesystem::path before = path;
    before += store::kNewSuffix;
    for (const std::filesystem::path& candidate : {path, before, path}) {
      TRY_ASSIGN(const bool found, is_there(candidate));
      if (found) return candidate;
    }
    return base::not_found("there is no file " + path.string());
  }

  // Whether `path` is that file already: its footer has the checksums of all its pages' checksums.
  static Result<bool> keeps(const std::filesystem::path& path, const std::string& end, std::uint64_t bytes) {
    std::error_code error;
    if (std::filesystem::file_size(path, error) != bytes || error) return false;
    TRY_ASSIGN(const std::string own, read_end(path, segment::kFooterBytes));
    return own == end;
  }

  Result<bool> share_with_previous(Wanted& file, const std::filesystem::path& target, const std::string& end) const {
    for (auto backup = previous_.rbegin(); backup != previous_.rend(); ++backup) {
      const BackupFile* const known = backup->manifest.find(file.name);
      if (known == nullptr || known->bytes != file.entry.bytes) continue;
      const std::filesystem::path path = backup->path / file.name;
      const auto same = keeps(path, end, file.entry.bytes);
      if (!same || !*same) continue;
      TRY_ASSIGN(const bool is_linked, link_file(path, target));
      if (!is_linked) continue;
      file.origin = Origin::kShared;
      file.known_sha256 = known->sha256;
      return true;
    }
    return false;
  }

  // Removes what an interrupted backup left and this one does not need.
  Result<void> drop_leftovers() {
    std::set<std::string> names;
    for (const Wanted& file : wanted_) names.insert(std::filesystem::path(file.name).filename().string());
    const std::filesystem::path segments = folder_ / store::kSegmentFolder;
    std::vector<std::filesystem::path> unneeded;
    std::error_code error;
    std::filesystem::directory_iterator at(segments, error);
    for (const std::filesystem::directory_iterator end; !error && at != end; at.increment(error)) {
      if (!names.contains(at->path().filename().string())) unneeded.push_back(at->path());
    }
    if (error) return base::io_error("reading " + segments.string() + ": " + error.message());
    for (const std::filesystem::path& path : unneeded) TRY(parts_.files.remove(path));
    return {};
  }

  Result<void> settle(Wanted& file) {
    const std::filesystem::path path = folder_ / file.name;
    BackupFile entry{file.name, file.entry.bytes, file.known_sha256};
    if (file.origin != Origin::kShared) {
      parts_.progress(file.name);
      HeldFile::Content content;
      if (file.source) {
        TRY_ASSIGN(content, file.source->copy_to(path, parts_.files));
        file.source.reset();
      } else {
        TRY_ASSIGN(HeldFile whole, HeldFile::open(path));
        TRY_ASSIGN(content, whole.read_all());
      }
      TRY(check(file, path));
      if (content.bytes != file.entry.bytes) {
        return base::corruption(path.string() + " has " + std::to_string(content.bytes) + " bytes, not the " +
                                std::to_string(file.entry.bytes) + " that waybill.db says");
      }
      entry.sha256 = std::move(content.sha256);
    }
    count(file.origin, entry.bytes);
    manifest_.files.push_back(std::move(entry));
    at_step("backup.file");
    return {};
  }

  // What is damaged must not pass for a backup.
  Result<void> check(const Wanted& file, const std::filesystem::path& path) const {
    if (file.entry.kind == store::FileKind::kSegment) {
      TRY_ASSIGN(const auto segment, segment::Segment::open(path, summary_.facts.store_id));
      return segment->check_pages();
    }
    TRY_ASSIGN(const auto sids, segment::SidFile::open(path, summary_.facts.store_id));
    return sids->check_pages();
  }

  void count(Origin origin, std::uint64_t bytes) {
    switch (origin) {
      case Origin::kUnknown: break;
      case Origin::kShared: taken_.bytes_shared += bytes; break;
      case Origin::kLinked: taken_.bytes_linked += bytes; break;
      case Origin::kUnfinished:
      case Origin::kCopied: taken_.bytes_copied += bytes; break;
    }
  }

  Result<void> note_database() {
    TRY_ASSIGN(HeldFile database, HeldFile::open(folder_ / store::kDatabaseFile));
    TRY_ASSIGN(HeldFile::Content content, database.read_all());
    count(Origin::kCopied, content.bytes);
    manifest_.files.push_back({store::kDatabaseFile, content.bytes, std::move(content.sha256)});
    return {};
  }

  // The manifest comes last, and then the name: until then this is no backup.
  Result<TakenBackup> finish() {
    manifest_.store_id = summary_.facts.store_id;
    manifest_.incarnation = summary_.facts.identity.incarnation;
    manifest_.database_format = summary_.format;
    manifest_.position = summary_.position;
    manifest_.events = summary_.events;
    TRY(parts_.files.sync_folder(folder_ / store::kSegmentFolder));
    TRY(parts_.files.sync_folder(folder_));
    at_step("backup.before_manifest");
    TRY(write_manifest(folder_, manifest_));
    at_step("backup.before_name");
    taken_.name = name_for(repository_, manifest_.taken);
    TRY(parts_.files.rename(folder_, repository_ / taken_.name));
    TRY(parts_.files.sync_folder(repository_));
    at_step("backup.named");
    taken_.manifest = std::move(manifest_);
    return std::move(taken_);
  }

  const std::filesystem::path data_;
  const std::filesystem::path repository_;
  const std::filesystem::path folder_;
  const TakeParts& parts_;
  store::DatabaseSummary summary_;
  std::vector<Backup> previous_;  // of this life of the store, oldest first
  std::vector<Wanted> wanted_;
  Manifest manifest_;
  TakenBackup taken_;
};

Result<void> check_places(const std::filesystem::path& data, const std::filesystem::path& repository) {
  TRY_ASSIGN(const bool has_data, is_there(data / store::kDatabaseFile));
  if (!has_data) {
    return base::not_found(data.string() + " is not a Waybill data directory: it has no " + store::kDatabaseFile);
  }
  std::error_code error;
  const std::filesystem::path inside = std::filesystem::weakly_canonical(repository, error)
                                           .lexically_relative(std::filesystem::weakly_canonical(data, error));
  if (!error && !inside.empty() && *inside.begin() != "..") {
    return base::invalid_argument(repository.string() + " lies in the data directory " + data.string() +
                                  "; a backup belongs beside it, better on another disk");
  }
  for (const char* const file : {store::kDatabaseFile, kManifestFile}) {
    TRY_ASSIGN(const bool found, is_there(repository / file));
    if (!found) continue;
    return base::invalid_argument(repository.string() + " has a " + file +
                                  "; a folder of backups has a folder for each of them, and nothing else");
  }
  return {};
}

}  // namespace

Result<TakenBackup> take_backup(const std::filesystem::path& data, const std::filesystem::path& repository,
                                const TakeParts& parts) {
  TRY(check_places(data, repository));
  TRY(base::make_private_folder(repository));
  TRY_ASSIGN(const base::FileLock lock, base::FileLock::take(repository / kRepositoryLock));
  return Taker(data, repository, parts).run();
}

}  // namespace waybill::backup
