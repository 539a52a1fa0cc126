#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backfill/backfill.h"
#include "backfill/log_sink.h"
#include "backfill/patient_client.h"
#include "backfill/pause.h"
#include "backfill/workspace_list.h"
#include "base/thread.h"
#include "model/limits.h"
#include "obs/log.h"

namespace waybill::backfill {

struct ServiceOptions {
  std::string url;                      // of the upstream
  std::vector<std::string> workspaces;  // empty: all that the upstream has
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
  // Is told what is wrong with the upstream whenever that changes; an empty text when nothing is any more. For whoever
  // asks the server how it is, so without what the upstream answered. May be empty.
  std::function<void(const std::string&)> on_trouble = {};
};

// A thread that pulls from an upstream into this process's store: at its start what is not proven of the look-back, and
// then, on a schedule, what is due. Where no workspace is named, the upstream is asked at each turn which ones it has;
// if it does not say, those that it named before and those that are here are pulled. A wrong upstream is logged, once
// for each thing that is wrong, and asked again at the next turn.
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
  void poll(const UpstreamWorkspace& workspace);
  base::Result<Workspace*> workspace(const UpstreamWorkspace& named);
  std::vector<UpstreamWorkspace> workspaces();
  void look_for_workspaces();
  void tell_workspaces(std::size_t count);
  void tell_trouble();
  void tell(const std::string& sid, Workspace& workspace, const base::Result<void>& polled, std::uint64_t accepted);

  const ServiceOptions options_;
  const model::Account account_;
  const ServiceParts parts_;
  StoppablePause pause_;
  std::map<std::string, Workspace> workspaces_;  // the thread's own
  std::map<std::string, std::string> troubles_;  // of those that could not be made
  PatientClient lister_;
  std::vector<UpstreamWorkspace> listed_;  // by the upstream
  std::string list_trouble_;               // the last one that was logged
  std::size_t told_count_ = 0;
  bool has_told_count_ = false;
  std::string told_trouble_;
  base::Thread thread_;
};

}  // namespace waybill::backfill
