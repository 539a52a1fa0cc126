#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backfill/backfill.h"
#include "backfill/log_sink.h"
#include "backfill/patient_client.h"
#include "backfill/pause.h"
#include "base/thread.h"
#include "model/limits.h"
#include "obs/log.h"

namespace waybill::backfill {

struct ServiceOptions {
  std::string url;                      // of the upstream
  std::vector<std::string> workspaces;  // empty: those that the account has here
  std::chrono::seconds look_back = std::chrono::hours(24 * 30);
  std::chrono::seconds every{300};
  BackfillRules rules;
  CallOptions call;
  model::Limits limits;
};

// What a Service works with; all of it must outlive the service.
struct ServiceParts {
  LogSinkParts sink;
  const store::Registry& registry;
  const obs::Log& log;
};

// A thread that pulls from an upstream into this process's store: at its start what is not proven of the look-back, and
// then, on a schedule, what is due. A wrong upstream is logged, once for each thing that is wrong, and asked again at
// the next turn.
class Service {
 public:
  Service(ServiceOptions options, model::Account account, const ServiceParts& parts);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  // Ends what is under way at once: what was pulled of it is stored.
  ~Service();

 private:
  // All that a workspace needs; made when it is first met.
  struct Workspace {
    std::unique_ptr<Upstream> upstream;
    std::unique_ptr<LogSink> sink;
    std::unique_ptr<Backfill> backfill;
    std::string trouble;          // the last one that was logged
    std::size_t unreachable = 0;  // that were logged
  };

  void work();
  void poll(const std::string& workspace_sid);
  base::Result<Workspace*> workspace(const std::string& sid);
  [[nodiscard]] std::vector<std::string> workspace_sids() const;
  void tell(const std::string& sid, Workspace& workspace, const base::Result<void>& polled, std::uint64_t accepted);

  const ServiceOptions options_;
  const model::Account account_;
  const ServiceParts parts_;
  StoppablePause pause_;
  std::map<std::string, Workspace> workspaces_;  // the thread's own
  std::map<std::string, std::string> troubles_;  // of those that could not be made
  base::Thread thread_;
};

}  // namespace waybill::backfill
