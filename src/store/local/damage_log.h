#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <string>

#include "base/mutex.h"
#include "obs/log.h"
#include "store/local/archive.h"

namespace waybill::store {

// Tells the log of damage that was met, once a file as long as it lasts. Safe for concurrent use.
class DamageLog {
 public:
  // `log` must outlive this object.
  explicit DamageLog(const obs::Log& log) : log_(log) {}

  // Looks whether any file of the archive was found damaged since the last look.
  void look(const Archive& archive);

  // Counts copies of known events that could not be compared with the first, and logs the first of them.
  void count_uncompared(std::uint64_t events, const std::string& why);
  [[nodiscard]] std::uint64_t uncompared() const { return uncompared_; }

 private:
  const obs::Log& log_;
  std::atomic<std::uint64_t> uncompared_ = 0;

  base::Mutex mutex_;
  std::set<std::string> told_ GUARDED_BY(mutex_);
};

}  // namespace waybill::store
