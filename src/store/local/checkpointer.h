#pragma once

#include <filesystem>
#include <string>

#include "base/mutex.h"
#include "base/thread.h"

namespace waybill::store {

// Moves what stands in the write-ahead log into the database file, on a thread and a connection of its own, so that no
// append waits for it. Runs until it is destroyed.
class Checkpointer {
 public:
  Checkpointer(std::filesystem::path database, std::string vfs);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();

 private:
  void work();

  const std::filesystem::path database_;
  const std::string vfs_;

  base::Mutex mutex_;
  base::Condition stop_;

  bool stopping_ GUARDED_BY(mutex_) = false;

  base::Thread thread_;
};

}  // namespace waybill::store
