#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/mutex.h"

namespace waybill::store {

// Files of the segment folder that nothing reads any more, from the moment they are known to be until they are gone
// from the disk for good: the folder without them is synced, and the manifest has forgotten those it knew. As long as
// one is listed here, its bytes may still be there. After a restart the manifest knows them (tidy_folder). Safe for
// concurrent use.
class ObsoleteFiles {
 public:
  struct File {
    std::filesystem::path path;
    std::uint64_t number = 0;  // as the manifest knows it; 0 for one that it never knew
  };

  void add(File file) {
    const base::MutexLock lock(mutex_);
    files_.push_back(std::move(file));
  }
  [[nodiscard]] std::vector<File> files() const {
    const base::MutexLock lock(mutex_);
    return files_;
  }
  [[nodiscard]] bool empty() const {
    const base::MutexLock lock(mutex_);
    return files_.empty();
  }
  // Forgets the first `count`, which are gone. REQUIRES: one thread at a time does this.
  void forget(std::size_t count) {
    const base::MutexLock lock(mutex_);
    files_.erase(files_.begin(), files_.begin() + static_cast<std::ptrdiff_t>(count));
  }

 private:
  mutable base::Mutex mutex_;

  std::vector<File> files_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
