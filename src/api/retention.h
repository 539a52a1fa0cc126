#pragma once

#include "api/context.h"
#include "api/error_response.h"
#include "obs/log.h"
#include "store/event_store.h"

namespace waybill::api {

// How long the events of one workspace are kept, for whoever has the administrator's token. Safe for concurrent use.
class RetentionRoutes {
 public:
  // All must outlive this object.
  RetentionRoutes(const store::Registry& registry, store::EventUpkeep& upkeep, const obs::Log& logger)
      : registry_(registry), upkeep_(upkeep), logger_(logger) {}

  // POST /admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Retention Retain [Confirm] [DryRun]: 200 with what
  // is in force now, and what is older than what was asked for. 400 where that would take more than half of the
  // workspace's events and Confirm is not true. DryRun=true changes nothing.
  [[nodiscard]] ApiResult<http::Response> set(const Context& context) const;
  // GET of the same.
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;

 private:
  [[nodiscard]] ApiResult<model::Workspace> workspace_of_path(const Context& context) const;
  [[nodiscard]] ApiResult<http::Response> answer(const Context& context, const model::Workspace& workspace,
                                                 const store::Removal& removal) const;

  const store::Registry& registry_;
  store::EventUpkeep& upkeep_;
  const obs::Log& logger_;
};

}  // namespace waybill::api
