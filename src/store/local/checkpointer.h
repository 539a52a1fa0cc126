#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "sqlite/connection.h"

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

  // Moves all of the log and cuts its file to nothing. False if somebody reads what is in it, or writes: this waits for
  // nobody, and lets no append wait longer than the last pages take. Safe for concurrent use.
  base::Result<bool> empty_log();

 private:
  void work();
  void tidy_log(int quiet_rounds);
  base::Result<sqlite::Connection*> connection() REQUIRES_LOCK(use_);

  const std::filesystem::path database_;
  const std::string vfs_;
  const std::function<bool()> is_quiet_;

  base::Mutex use_;  // held for a whole checkpoint

  std::optional<sqlite::Connection> connection_ GUARDED_BY(use_);

  base::Mutex mutex_;
  base::Condition stop_;

  bool stopping_ GUARDED_BY(mutex_) = false;

  base::Thread thread_;
};

}  // namespace waybill::store
