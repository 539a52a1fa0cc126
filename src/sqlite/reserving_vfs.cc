#include "sqlite/reserving_vfs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <sqlite3.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/mutex.h"
#include "sqlite/unused_space.h"

namespace waybill::sqlite {
namespace {

constexpr const char* kName = "waybill";
// Since Linux 5.14; headers of Debian 12 have it.
constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE

constexpr const char* kUsualName = "unix";

sqlite3_vfs& usual() {
  static sqlite3_vfs* const kUsual = sqlite3_vfs_find(kUsualName);
  CHECK(kUsual != nullptr);
  return *kUsual;
}

// The methods of SQLite's files, with another xShmMap and xWrite. SQLite has a set for each way of locking.
struct Methods {
  sqlite3_io_methods changed{};  // first: a file points here
  const sqlite3_io_methods* usual = nullptr;
};
constexpr std::size_t kMethodsMax = 8;

// False where writing to a page would end in SIGBUS. A system that cannot tell is believed.
bool has_room(volatile void* memory, int bytes) {
  return madvise(const_cast<void*>(memory), static_cast<std::size_t>(bytes), kPopulateWrite) == 0 || errno != EFAULT;
}

int map_shared(sqlite3_file* file, int region, int bytes, int extends, void volatile** out) {
  const auto* const methods = reinterpret_cast<const Methods*>(file->pMethods);
  const int code = methods->usual->xShmMap(file, region, bytes, extends, out);
  if (code == SQLITE_IOERR_SHMSIZE) return SQLITE_FULL;  // the file could not be made longer
  if (code != SQLITE_OK || *out == nullptr) return code;
  return has_room(*out, bytes) ? SQLITE_OK : SQLITE_FULL;
}

// Writes a page without what no row uses; of a database, which is written by whole pages.
int write_page(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const auto* const methods = reinterpret_cast<const Methods*>(file->pMethods);
  const std::span<const char> page(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  constexpr std::size_t kPageBytes = 4'096;
  const bool is_page = page.size() == kPageBytes && offset % static_cast<sqlite3_int64>(kPageBytes) == 0;
  const auto unused = is_page ? unused_space(page, static_cast<std::uint64_t>(offset)) : std::span<const char>();
  if (unused.empty()) return methods->usual->xWrite(file, bytes, size, offset);
  std::array<char, kPageBytes> clean{};
  const auto begin = static_cast<std::size_t>(unused.data() - page.data());
  const auto end = static_cast<std::ptrdiff_t>(begin + unused.size());
  std::copy_n(page.begin(), begin, clean.begin());
  std::copy(page.begin() + end, page.end(), clean.begin() + end);
  return methods->usual->xWrite(file, clean.data(), size, offset);
}

// The changed methods that go with SQLite's own; nothing if there are too many kinds.
const sqlite3_io_methods* changed_methods(const sqlite3_io_methods* own) {
  static base::Mutex mutex;
  static std::array<Methods, kMethodsMax> known;
  const base::MutexLock lock(mutex);
  for (Methods& methods : known) {
    if (methods.usual == own) return &methods.changed;
    if (methods.usual != nullptr) continue;
    methods.changed = *own;
    methods.changed.xShmMap = map_shared;
    methods.changed.xWrite = write_page;
    methods.usual = own;
    return &methods.changed;
  }
  return nullptr;
}

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  const int code = usual().xOpen(&usual(), name, file, flags, flags_out);
  const bool has_shared = (flags & SQLITE_OPEN_MAIN_DB) != 0 && file->pMethods != nullptr &&
                          file->pMethods->iVersion >= 2 && file->pMethods->xShmMap != nullptr;
  if (code != SQLITE_OK || !has_shared) return code;
  if (const sqlite3_io_methods* const changed = changed_methods(file->pMethods)) file->pMethods = changed;
  return code;
}

int register_vfs() {
  static sqlite3_vfs vfs = usual();
  vfs.zName = kName;
  vfs.pNext = nullptr;
  vfs.xOpen = open_file;
  return sqlite3_vfs_register(&vfs, 0);
}

}  // namespace

const char* reserving_vfs() {
  if (std::string_view(sqlite3_vfs_find(nullptr)->zName) != kUsualName) return nullptr;
  static const int kCode = register_vfs();
  CHECK(kCode == SQLITE_OK);
  return kName;
}

}  // namespace waybill::sqlite
