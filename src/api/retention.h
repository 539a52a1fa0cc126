#pragma once

#include "api/context.h"
#include "api/error_response.h"
#include "store/event_store.h"

namespace waybill::api {

// How long the events of one workspace are kept, for whoever has the administrator's token. Safe for concurrent use.
class RetentionRoutes {
 public:
  // Both must outlive this object.
  RetentionRoutes(const store::Registry& registry, store::EventUpkeep& upkeep) : registry_(registry), upkeep_(upkeep) {}

  // POST /admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Retention Retain: 200 with what is in force now.
  [[nodiscard]] ApiResult<http::Response> set(const Context& context) const;
  // GET of the same.
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;

 private:
  [[nodiscard]] ApiResult<model::Workspace> workspace_of_path(const Context& context) const;
  [[nodiscard]] ApiResult<http::Response> answer(const Context& context, const model::Workspace& workspace) const;

  const store::Registry& registry_;
  store::EventUpkeep& upkeep_;
};

}  // namespace waybill::api
