#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace waybill::api {

// Decides whether reads may run on the threads of the connections. Handing a request to another thread and its answer
// back costs about as much as answering it from memory; a read that goes to the disk, though, holds up every other
// connection of its thread. What a read will need is known only afterwards, so the last ones tell: after one that went
// to the disk, reads stay away for a hundred times as long as it took, and a connection's thread thus waits for the
// disk no more than a hundredth of its time. Safe for concurrent use.
class DiskWatch {
 public:
  // Whether no read has lately gone to the disk.
  [[nodiscard]] bool is_quiet(base::SteadyTime now) const;

  // A read, on whatever thread, went to the disk. REQUIRES: began <= ended.
  void went_to_disk(base::SteadyTime began, base::SteadyTime ended);

 private:
  std::atomic<base::SteadyTime::rep> quiet_from_ = base::SteadyTime::min().time_since_epoch().count();
};

}  // namespace waybill::api
