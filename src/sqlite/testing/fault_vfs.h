#pragma once

#include <memory>
#include <string>

#include "base/testing/fault_disk.h"

namespace waybill::sqlite::testing {

struct RegisteredVfs;

// Whether connections that name no VFS go through this one as well, while it is there.
enum class VfsRole { kByName, kDefault };

// SQLite's own VFS for Unix, seen through a FaultDisk: the door for databases. Files that lie elsewhere pass untouched.
// Locks and shared memory pass as well; syncs end at the disk's model and cost nothing. As SQLite's own does, the first
// sync of a journal or a write-ahead log that a connection may have made takes in the folder, and so does a deletion
// where SQLite asks for it. Not for concurrent use itself; connections may use it from any thread.
class FaultVfs {
 public:
  // `disk` must outlive this object.
  explicit FaultVfs(base::testing::FaultDisk& disk, VfsRole role = VfsRole::kByName);
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  // REQUIRES: no connection uses it any more.
  ~FaultVfs();

  // What a connection is opened with to go through it; no other object of this process has the same.
  [[nodiscard]] const std::string& name() const;

 private:
  std::unique_ptr<RegisteredVfs> registered_;
};

}  // namespace waybill::sqlite::testing
