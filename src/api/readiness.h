#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "http/message.h"
#include "store/event_store.h"

namespace waybill::api {

// Whether a server is ready, why not, and what a ready one has trouble with; what /readyz says. One that is made is
// ready. Safe for concurrent use.
class Readiness {
 public:
  // From now on the server is not ready, since it does `what`, such as "the demonstration day is being written".
  void begin_to_start(std::string what);
  // Everything is in force.
  void end_of_start();
  void begin_to_stop() { is_stopping_ = true; }

  // Something that goes wrong beside taking and showing events, such as a pull: the server stays ready, and says so.
  // An empty `trouble` ends it.
  void note(const std::string& subject, const std::string& trouble);

  // What the server still does before it is ready; nothing once it has started. Costs no lock then.
  [[nodiscard]] std::optional<std::string> starting() const;

  // 200, or 503 with the reasons. `log_stopped` is why no new events are taken, if so. A server that is ready otherwise
  // is "degraded", and 200, while some of what it stores is damaged.
  [[nodiscard]] http::Response answer(const std::optional<std::string>& log_stopped,
                                      const std::vector<store::DamagedFile>& damage) const;

 private:
  std::atomic<bool> is_starting_ = false;
  std::atomic<bool> is_stopping_ = false;

  mutable base::Mutex mutex_;
  std::string starting_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> notes_ GUARDED_BY(mutex_);
};

}  // namespace waybill::api
