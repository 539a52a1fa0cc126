#pragma once

#include <optional>

#include "api/context.h"
#include "api/error_response.h"
#include "store/event_store.h"

namespace waybill::api {

// The Workspaces resource, read-only, in the hosted service's shape: consumers list the workspaces first, then the
// events of each. What Waybill cannot know of a workspace (its callback, its activities) is null. `registry` must
// outlive it. Safe for concurrent use.
class Workspaces {
 public:
  explicit Workspaces(const store::Registry& registry) : registry_(registry) {}

  // GET /v1/Workspaces, in the order they came into being; FriendlyName narrows it to one name.
  [[nodiscard]] ApiResult<http::Response> list(const Context& context) const;
  // The same; unset, and nothing done, if it takes more than that effort.
  [[nodiscard]] ApiResult<std::optional<http::Response>> list(const Context& context, Effort effort) const;
  // GET /v1/Workspaces/{WorkspaceSid}
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;

 private:
  const store::Registry& registry_;
};

}  // namespace waybill::api
