#include "bench/page_cache.h"

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.h"

namespace waybill::bench {
namespace {

using base::Result;

// SQLite's shared memory: it is no copy of anything on the disk.
bool is_shared_memory(const std::filesystem::path& path) { return path.string().ends_with("-shm"); }

// Takes the pages of this process's mappings of `folder` out of its tables; they are read again when touched.
Result<void> unload_mappings(const std::filesystem::path& folder) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    const std::size_t path_at = line.find('/');
    if (path_at == std::string::npos) continue;
    const std::filesystem::path path = line.substr(path_at);
    if (!path.string().starts_with(folder.string()) || is_shared_memory(path)) continue;
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::istringstream(line) >> std::hex >> begin >> dash >> end;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel tells addresses as text
    if (madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) != 0) {
      return base::last_system_error("unloading the mapping of", path);
    }
  }
  return {};
}

}  // namespace

Result<void> forget_region(const FileRegion& region) {
  const int descriptor = ::open(region.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return base::last_system_error("opening", region.path);
  // Only what is on the disk already can be forgotten.
  const bool synced = fdatasync(descriptor) == 0;
  const int advised = posix_fadvise(descriptor, static_cast<off_t>(region.offset), static_cast<off_t>(region.length),
                                    POSIX_FADV_DONTNEED);
  ::close(descriptor);
  if (!synced || advised != 0) return base::io_error("the system keeps " + region.path.string() + " in memory");
  return {};
}

Result<void> forget_folder(const std::filesystem::path& folder) {
  TRY(unload_mappings(std::filesystem::canonical(folder)));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || is_shared_memory(entry.path())) continue;
    TRY(forget_region({entry.path(), 0, 0}));
  }
  return {};
}

}  // namespace waybill::bench
