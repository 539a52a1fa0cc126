#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/mutex.h"
#include "base/thread.h"

namespace waybill::store {

// Moves what stands in the write-ahead log into the database file, on a thread and a connection of its own, so that no
// append waits for it. While the store is quiet it keeps the log short: a few pages, which are written over and over by
// whatever still commits. Runs until it is destroyed.
class Checkpointer {
 public:
  // `is_quiet` is called on the thread.
  Checkpointer(std::filesystem::path database, std::string vfs, std::function<bool()> is_quiet);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();

 private:
  void work();

  const std::filesystem::path database_;
  const std::string vfs_;
  const std::function<bool()> is_quiet_;

  base::Mutex mutex_;
  base::Condition stop_;

  bool stopping_ GUARDED_BY(mutex_) = false;

  base::Thread thread_;
};

}  // namespace waybill::store
