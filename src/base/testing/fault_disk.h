#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "base/testing/unsynced_file.h"

namespace waybill::base::testing {

// What a program asks of a disk. The last two change nothing, and fail only where a plan names them.
enum class DiskOperation : std::uint8_t {
  kCreate,
  kWrite,
  kTruncate,
  kSync,
  kRename,
  kRemove,
  kSyncFolder,
  kOpen,
  kRead
};
constexpr std::size_t kDiskOperations = 9;
constexpr bool is_change(DiskOperation operation) {
  return operation != DiskOperation::kOpen && operation != DiskOperation::kRead;
}

// How an operation fails.
enum class DiskFault : std::uint8_t {
  kIo,     // the device refuses. Of a write, half is done. What a sync should have saved is forsaken (Durability).
  kFull,   // there is no room. Of a write, half is done.
  kDead,   // the process is no more: nothing happens
  kShort,  // of opening and reading: there is no descriptor or memory for it at the moment
};

// Which operation fails, and how.
struct FaultPlan {
  std::uint64_t after = 0;                // so many of `kinds` are let through first, counted from when this is planned
  std::vector<DiskOperation> kinds = {};  // empty: all that change something
  DiskFault fault = DiskFault::kIo;
  bool lasting = false;  // every later one of `kinds` fails as well
};

// When the entry of a new or renamed file is on the disk.
enum class EntryRule : std::uint8_t {
  kFolderSync,  // when its folder has been synced: all that POSIX promises
  kFileSync,    // when the file has been synced, as on ext4, XFS and Btrfs
};

// A folder, with those inside it, on a disk that may fail and whose power may go. The files are real, so that
// programs map and lock them as ever; beside them this object keeps what the disk would hold of each file and each
// folder's entries if the power went now. Programs reach it through a door that does what is asked on the real file and
// reports it here: FaultFiles, and the sqlite module's FaultVfs. Files that come to be without a door, such as locks
// and shared memory, stay or go with a power cut, whole; folders stay. Safe for concurrent use.
class FaultDisk {
 public:
  // What is in `folder` already is on the disk. REQUIRES: the folder is there.
  explicit FaultDisk(const std::filesystem::path& folder, EntryRule entry_rule = EntryRule::kFolderSync);

  // Replaces the plan there was.
  void plan(const FaultPlan& plan);
  // The process dies after so many changes of any kind: none of the later ones happens, and each fails.
  void kill_after(std::uint64_t operations) { plan({operations, {}, DiskFault::kDead, true}); }
  // No operation fails from here on.
  void mend();
  // Whether the plan, if there is one, has made an operation fail.
  [[nodiscard]] bool has_struck() const;

  // Operations asked for so far, failed ones too: of one kind, and all changes.
  [[nodiscard]] std::uint64_t operations(DiskOperation kind) const;
  [[nodiscard]] std::uint64_t operations() const;

  // Makes the real folder one of those that a power cut may leave, which is then what the disk holds, and drops the
  // plan. REQUIRES: no file is open through a door, and nobody else uses the folder.
  void power_loss(SeededRandom& random);

  // ---- for doors

  // Stands for a file whatever it is called, and also when it has no name any more.
  enum class File : std::size_t {};

  // Whether `path` lies on this disk.
  [[nodiscard]] bool holds(const std::filesystem::path& path) const;
  // Counts an operation; how it must fail, or nothing if it may go on.
  std::optional<DiskFault> admit(DiskOperation operation);

  // What has been done. The door made a file, or opened one, which is new if this disk has not heard of it; it will
  // close it.
  File created(const std::filesystem::path& path);
  File opened(const std::filesystem::path& path);
  void closed(File file);
  void written(File file, std::uint64_t offset, std::string_view bytes);
  void truncated(File file, std::uint64_t size);
  void synced(File file);
  void failed_to_sync(File file);
  // REQUIRES: both in one folder.
  void renamed(const std::filesystem::path& from, const std::filesystem::path& to);
  void removed(const std::filesystem::path& path);
  void synced_folder(const std::filesystem::path& folder);
  void failed_to_sync_folder(const std::filesystem::path& folder);

 private:
  using Entries = std::map<std::string, File>;

  // A name that was given to a file or taken away: of a rename both, and never one without the other.
  struct EntryChange {
    std::optional<std::string> gone;
    std::optional<std::string> come;
    File file{};
    Durability durability = Durability::kPending;
  };
  struct Folder {
    Entries now;
    Entries synced;
    std::vector<EntryChange> changes;
  };

  [[nodiscard]] std::filesystem::path inside(const std::filesystem::path& path) const;
  void read_folder() REQUIRES_LOCK(mutex_);
  File add_file(std::string synced) REQUIRES_LOCK(mutex_);
  UnsyncedFile& at(File file) REQUIRES_LOCK(mutex_);
  Folder& folder_of(const std::filesystem::path& path) REQUIRES_LOCK(mutex_);
  static void change(Folder& folder, EntryChange change);
  static Entries after_power_loss(const Folder& folder, SeededRandom& random);
  void leave(const std::filesystem::path& name, const Folder& folder, const Entries& left, SeededRandom& random)
      REQUIRES_LOCK(mutex_);
  void leave_strangers(SeededRandom& random) REQUIRES_LOCK(mutex_);

  const std::filesystem::path root_;
  const EntryRule entry_rule_;

  mutable Mutex mutex_;

  std::vector<UnsyncedFile> files_ GUARDED_BY(mutex_);
  std::map<std::filesystem::path, Folder> folders_ GUARDED_BY(mutex_);  // by their paths below the root
  std::size_t open_ GUARDED_BY(mutex_) = 0;

  std::optional<FaultPlan> plan_ GUARDED_BY(mutex_);
  std::uint64_t matching_ GUARDED_BY(mutex_) = 0;  // operations of the plan's kinds since it was made
  bool has_struck_ GUARDED_BY(mutex_) = false;
  std::array<std::uint64_t, kDiskOperations> operations_ GUARDED_BY(mutex_){};
};

}  // namespace waybill::base::testing
