#include "sqlite/testing/fault_vfs.h"

#include <atomic>
#include <filesystem>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include "base/check.h"

namespace waybill::sqlite::testing {

using base::testing::DiskFault;
using base::testing::DiskOperation;
using base::testing::FaultDisk;

struct RegisteredVfs {
  FaultDisk& disk;
  sqlite3_vfs& below;
  std::string name;
  sqlite3_vfs vfs{};
};

namespace {

// An open file, in memory that SQLite gives: ours, and behind it that of the VFS below.
struct OpenFile {
  sqlite3_file head;
  FaultDisk* disk;
  FaultDisk::File file;
  const char* path;   // SQLite keeps it as long as the file is open
  bool syncs_folder;  // the first sync takes in the folder
};
static_assert(alignof(OpenFile) == 8,
              "SQLite's memory for a file begins at a multiple of 8, and so must what is behind");

OpenFile& open_file(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }

sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(OpenFile));
}

const sqlite3_io_methods& methods_below(sqlite3_file* file) { return *below(file)->pMethods; }

std::filesystem::path folder_of(const char* path) { return std::filesystem::path(path).parent_path(); }

// What SQLite's own VFS answers where the operating system refuses.
int code_of(DiskFault fault, int io_code) { return fault == DiskFault::kFull ? SQLITE_FULL : io_code; }

// ---- the methods of a file

int close_file(sqlite3_file* file) {
  const OpenFile& open = open_file(file);
  const int code = methods_below(file).xClose(below(file));
  open.disk->closed(open.file);
  return code;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  if (const auto fault = open_file(file).disk->admit(DiskOperation::kRead)) {
    return *fault == DiskFault::kShort ? SQLITE_IOERR_NOMEM : SQLITE_IOERR_READ;
  }
  return methods_below(file).xRead(below(file), out, size, offset);
}

int write_below(sqlite3_file* file, std::string_view bytes, sqlite3_int64 offset) {
  const int code = methods_below(file).xWrite(below(file), bytes.data(), static_cast<int>(bytes.size()), offset);
  const OpenFile& open = open_file(file);
  if (code == SQLITE_OK) open.disk->written(open.file, static_cast<std::uint64_t>(offset), bytes);
  return code;
}

int write_file(sqlite3_file* file, const void* in, int size, sqlite3_int64 offset) {
  const std::string_view bytes(static_cast<const char*>(in), static_cast<std::size_t>(size));
  const auto fault = open_file(file).disk->admit(DiskOperation::kWrite);
  if (!fault) return write_below(file, bytes, offset);
  if (*fault != DiskFault::kDead) static_cast<void>(write_below(file, bytes.substr(0, bytes.size() / 2), offset));
  return code_of(*fault, SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const OpenFile& open = open_file(file);
  if (const auto fault = open.disk->admit(DiskOperation::kTruncate)) return code_of(*fault, SQLITE_IOERR_TRUNCATE);
  const int code = methods_below(file).xTruncate(below(file), size);
  if (code == SQLITE_OK) open.disk->truncated(open.file, static_cast<std::uint64_t>(size));
  return code;
}

int sync_file(sqlite3_file* file, int /*flags*/) {
  OpenFile& open = open_file(file);
  if (const auto fault = open.disk->admit(DiskOperation::kSync)) {
    if (*fault != DiskFault::kDead) open.disk->failed_to_sync(open.file);
    return code_of(*fault, SQLITE_IOERR_FSYNC);
  }
  open.disk->synced(open.file);
  // SQLite's own looks away if this part of a sync fails, so it is no operation that could.
  if (std::exchange(open.syncs_folder, false)) open.disk->synced_folder(folder_of(open.path));
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return methods_below(file).xFileSize(below(file), size); }
int lock_file(sqlite3_file* file, int level) { return methods_below(file).xLock(below(file), level); }
int unlock_file(sqlite3_file* file, int level) { return methods_below(file).xUnlock(below(file), level); }
int check_reserved(sqlite3_file* file, int* out) { return methods_below(file).xCheckReservedLock(below(file), out); }
int control_file(sqlite3_file* file, int what, void* argument) {
  return methods_below(file).xFileControl(below(file), what, argument);
}
int sector_size(sqlite3_file* file) { return methods_below(file).xSectorSize(below(file)); }
int characteristics(sqlite3_file* file) { return methods_below(file).xDeviceCharacteristics(below(file)); }
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return methods_below(file).xShmMap(below(file), region, size, extend, out);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return methods_below(file).xShmLock(below(file), offset, count, flags);
}
void shared_barrier(sqlite3_file* file) { methods_below(file).xShmBarrier(below(file)); }
int unmap_shared(sqlite3_file* file, int remove) { return methods_below(file).xShmUnmap(below(file), remove); }
int fetch(sqlite3_file* file, sqlite3_int64 offset, int size, void** out) {
  return methods_below(file).xFetch(below(file), offset, size, out);
}
int unfetch(sqlite3_file* file, sqlite3_int64 offset, void* page) {
  return methods_below(file).xUnfetch(below(file), offset, page);
}

constexpr sqlite3_io_methods kFileMethods = {
    .iVersion = 3,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = shared_barrier,
    .xShmUnmap = unmap_shared,
    .xFetch = fetch,
    .xUnfetch = unfetch,
};

// ---- the methods of the VFS

RegisteredVfs& registered(sqlite3_vfs* vfs) { return *static_cast<RegisteredVfs*>(vfs->pAppData); }
FaultDisk& disk_of(sqlite3_vfs* vfs) { return registered(vfs).disk; }
sqlite3_vfs* below(sqlite3_vfs* vfs) { return &registered(vfs).below; }

int open_on_disk(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  FaultDisk& disk = disk_of(vfs);
  std::error_code unknown;
  const bool is_new = !std::filesystem::exists(path, unknown);
  const bool may_create = (flags & SQLITE_OPEN_CREATE) != 0;
  if (is_new && may_create && disk.admit(DiskOperation::kCreate)) return SQLITE_CANTOPEN;
  if (!is_new && disk.admit(DiskOperation::kOpen)) return SQLITE_CANTOPEN;
  const int code = below(vfs)->xOpen(below(vfs), path, below(file), flags, flags_out);
  if (code != SQLITE_OK) return code;
  constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  OpenFile& open = open_file(file);
  open.disk = &disk;
  open.file = is_new ? disk.created(path) : disk.opened(path);
  open.path = path;
  open.syncs_folder = may_create && (flags & kJournals) != 0;
  open.head.pMethods = &kFileMethods;
  return SQLITE_OK;
}

int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  if (path != nullptr && disk_of(vfs).holds(path)) return open_on_disk(vfs, path, file, flags, flags_out);
  // A file that is none of ours stands where SQLite looks for it, and is never seen here again.
  return below(vfs)->xOpen(below(vfs), path, file, flags, flags_out);
}

int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  FaultDisk& disk = disk_of(vfs);
  if (!disk.holds(path)) return below(vfs)->xDelete(below(vfs), path, sync_folder);
  if (disk.admit(DiskOperation::kRemove)) return SQLITE_IOERR_DELETE;
  const int code = below(vfs)->xDelete(below(vfs), path, 0);
  if (code != SQLITE_OK) return code;
  disk.removed(path);
  if (sync_folder == 0) return SQLITE_OK;
  if (const auto fault = disk.admit(DiskOperation::kSyncFolder)) {
    if (*fault != DiskFault::kDead) disk.failed_to_sync_folder(folder_of(path));
    return SQLITE_IOERR_DIR_FSYNC;
  }
  disk.synced_folder(folder_of(path));
  return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  return below(vfs)->xAccess(below(vfs), path, flags, out);
}
int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return below(vfs)->xFullPathname(below(vfs), path, size, out);
}
int randomness(sqlite3_vfs* vfs, int size, char* out) { return below(vfs)->xRandomness(below(vfs), size, out); }
int sleep(sqlite3_vfs* vfs, int microseconds) { return below(vfs)->xSleep(below(vfs), microseconds); }
int current_time(sqlite3_vfs* vfs, double* out) { return below(vfs)->xCurrentTime(below(vfs), out); }
int last_error(sqlite3_vfs* vfs, int size, char* out) { return below(vfs)->xGetLastError(below(vfs), size, out); }
int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* out) { return below(vfs)->xCurrentTimeInt64(below(vfs), out); }

// Without the loading of extensions, of which there are none.
sqlite3_vfs make_vfs(const sqlite3_vfs& below, const char* name, void* registered) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(OpenFile)) + below.szOsFile;
  vfs.mxPathname = below.mxPathname;
  vfs.zName = name;
  vfs.pAppData = registered;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time_ms;
  return vfs;
}

std::string next_name() {
  static std::atomic<std::uint64_t> last = 0;
  return "fault-" + std::to_string(++last);
}

}  // namespace

FaultVfs::FaultVfs(FaultDisk& disk, VfsRole role) {
  sqlite3_vfs* const below = sqlite3_vfs_find("unix");
  CHECK(below != nullptr && below->iVersion >= 2);
  registered_ = std::make_unique<RegisteredVfs>(RegisteredVfs{disk, *below, next_name()});
  registered_->vfs = make_vfs(*below, registered_->name.c_str(), registered_.get());
  CHECK(sqlite3_vfs_register(&registered_->vfs, role == VfsRole::kDefault ? 1 : 0) == SQLITE_OK);
}

// SQLite makes the one it finds first the default again.
FaultVfs::~FaultVfs() { CHECK(sqlite3_vfs_unregister(&registered_->vfs) == SQLITE_OK); }

const std::string& FaultVfs::name() const { return registered_->name; }

}  // namespace waybill::sqlite::testing
