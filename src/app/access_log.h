#pragma once

#include <atomic>

#include "http/server.h"
#include "obs/log.h"

namespace waybill::app {

// Of which requests a line is logged.
enum class AccessLines {
  kNone,
  kErrors,  // that were answered with 400 or above, or whose client went away
  kAll,
};

// Logs requests, a line each: without query, headers and bodies, which may hold secrets and task attributes. Safe for
// concurrent use.
class AccessLog {
 public:
  // `log` must outlive this object.
  AccessLog(const obs::Log& log, AccessLines lines) : log_(log), lines_(lines) {}

  void note(const http::Answered& answered) const;

  // In force from now on.
  void set_lines(AccessLines lines) { lines_.store(lines, std::memory_order_relaxed); }

 private:
  const obs::Log& log_;
  std::atomic<AccessLines> lines_;
};

}  // namespace waybill::app
