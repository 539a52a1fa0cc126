#include "sqlite/testing/work_meter.h"

#include <array>
#include <cstddef>
#include <string_view>

#include <sqlite3.h>

#include "base/check.h"
#include "sqlite/reserving_vfs.h"

namespace waybill::sqlite::testing {
namespace {

// Of the locks in shared memory the first is the writer's: WAL_WRITE_LOCK in SQLite's description of the WAL format.
constexpr int kWriteLock = 0;

thread_local Work work;

struct Meter {
  base::HoldObserver* write_lock = nullptr;
  sqlite3_vfs* below = nullptr;
  sqlite3_vfs vfs{};
};

Meter& meter() {
  static Meter one;
  return one;
}

base::HoldObserver& write_lock() {
  CHECK(meter().write_lock != nullptr);
  return *meter().write_lock;
}

// The methods of SQLite's files with ours in front. SQLite has a set for each way of locking, and one for the log.
struct Methods {
  sqlite3_io_methods counted{};  // first: a file points here
  const sqlite3_io_methods* below = nullptr;
};
constexpr std::size_t kMethodsMax = 8;

// Calls a method of the way below, which finds its own methods in the file.
template <class Call>
int call_below(sqlite3_file* file, const Call& call) {
  const sqlite3_io_methods* const counted = file->pMethods;
  file->pMethods = reinterpret_cast<const Methods*>(counted)->below;
  const int code = call(*file->pMethods);
  file->pMethods = counted;
  return code;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  work.bytes_read += static_cast<std::uint64_t>(size);
  return call_below(file, [&](const sqlite3_io_methods& below) { return below.xRead(file, out, size, offset); });
}

int write_file(sqlite3_file* file, const void* in, int size, sqlite3_int64 offset) {
  work.bytes_written += static_cast<std::uint64_t>(size);
  return call_below(file, [&](const sqlite3_io_methods& below) { return below.xWrite(file, in, size, offset); });
}

int sync_file(sqlite3_file* file, int flags) {
  ++work.syncs;
  return call_below(file, [&](const sqlite3_io_methods& below) { return below.xSync(file, flags); });
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return call_below(file,
                    [&](const sqlite3_io_methods& below) { return below.xShmMap(file, region, size, extend, out); });
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  const bool is_write_lock = offset == kWriteLock && (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  const bool is_release = is_write_lock && (flags & SQLITE_SHM_UNLOCK) != 0;
  if (is_release) write_lock().about_to_release();
  const int code =
      call_below(file, [&](const sqlite3_io_methods& below) { return below.xShmLock(file, offset, count, flags); });
  if (is_write_lock && !is_release && code == SQLITE_OK) write_lock().taken();
  return code;
}

const sqlite3_io_methods* counted_methods(const sqlite3_io_methods* own) {
  static base::Mutex mutex;
  static std::array<Methods, kMethodsMax> known;
  const base::MutexLock lock(mutex);
  for (Methods& methods : known) {
    if (methods.below == own) return &methods.counted;
    if (methods.below != nullptr) continue;
    methods.counted = *own;
    methods.counted.xRead = read_file;
    methods.counted.xWrite = write_file;
    methods.counted.xSync = sync_file;
    if (own->iVersion >= 2 && own->xShmLock != nullptr) {
      methods.counted.xShmMap = map_shared;
      methods.counted.xShmLock = lock_shared;
    }
    methods.below = own;
    return &methods.counted;
  }
  CHECK(false);
  return nullptr;
}

int open_file(sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* const below = meter().below;
  CHECK(below != nullptr);
  const int code = below->xOpen(below, path, file, flags, flags_out);
  if (code == SQLITE_OK && file->pMethods != nullptr) file->pMethods = counted_methods(file->pMethods);
  return code;
}

int count_statement(unsigned /*event*/, void* /*context*/, void* ended, void* /*nanoseconds*/) {
  ++work.statements;
  constexpr int kResets = 1;
  work.steps += static_cast<std::uint64_t>(
      sqlite3_stmt_status(static_cast<sqlite3_stmt*>(ended), SQLITE_STMTSTATUS_VM_STEP, kResets));
  return 0;
}

int trace_connection(sqlite3* database, char** /*message*/, const sqlite3_api_routines* /*routines*/) {
  return sqlite3_trace_v2(database, SQLITE_TRACE_PROFILE, count_statement, nullptr);
}

void (*entry_point())() { return reinterpret_cast<void (*)()>(trace_connection); }

}  // namespace

Work work_of_this_thread() { return work; }

WorkMeter::WorkMeter(base::HoldObserver& observer) {
  CHECK(meter().write_lock == nullptr);
  meter().write_lock = &observer;
  meter().below = sqlite3_vfs_find(reserving_vfs());
  CHECK(meter().below != nullptr);
  meter().vfs = *meter().below;
  meter().vfs.zName = name().c_str();
  meter().vfs.pNext = nullptr;
  meter().vfs.xOpen = open_file;
  CHECK(sqlite3_vfs_register(&meter().vfs, 0) == SQLITE_OK);
  CHECK(sqlite3_auto_extension(entry_point()) == SQLITE_OK);
}

WorkMeter::~WorkMeter() {
  sqlite3_cancel_auto_extension(entry_point());
  CHECK(sqlite3_vfs_unregister(&meter().vfs) == SQLITE_OK);
  meter().write_lock = nullptr;
}

const std::string& WorkMeter::name() {
  static const std::string kName = "work-meter";
  return kName;
}

}  // namespace waybill::sqlite::testing
