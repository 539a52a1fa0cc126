#pragma once

#include <cstdint>
#include <string>

#include "base/mutex.h"

namespace waybill::sqlite::testing {

// What SQLite has done: figures of work, which are the same on a fast machine and a slow one.
struct Work {
  std::uint64_t statements = 0;  // that ended, or were reset
  std::uint64_t steps = 0;       // of the machine that runs statements
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;  // to the write-ahead log and to the database
  std::uint64_t syncs = 0;

  friend Work operator-(const Work& a, const Work& b) {
    return {a.statements - b.statements, a.steps - b.steps, a.bytes_read - b.bytes_read,
            a.bytes_written - b.bytes_written, a.syncs - b.syncs};
  }
};

// On the calling thread, since it began, by all connections that were opened through a WorkMeter.
Work work_of_this_thread();

// The usual way of our connections to the disk, which counts what is done through it. One of a process at a time.
class WorkMeter {
 public:
  // `observer` is told of each hold of a database's write lock, which one connection at a time has: of transactions
  // that write, and of the part of a checkpoint that locks writers out. It must outlive the meter.
  explicit WorkMeter(base::HoldObserver& observer);
  WorkMeter(const WorkMeter&) = delete;
  WorkMeter& operator=(const WorkMeter&) = delete;
  // REQUIRES: no connection uses it any more.
  ~WorkMeter();

  // What a connection is opened with to be counted.
  static const std::string& name();
};

}  // namespace waybill::sqlite::testing
