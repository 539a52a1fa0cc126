#pragma once

#include <string>
#include <string_view>

#include "api/context.h"
#include "api/error_response.h"
#include "base/random.h"
#include "eventlog/event_log.h"
#include "model/limits.h"
#include "store/event_store.h"

namespace waybill::api {

// What trying again works with; all of it must outlive the call.
struct RejectRetryParts {
  store::Rejects& rejects;
  const store::Registry& registry;
  eventlog::EventLog& log;
  base::Random& random;
  model::Limits limits;
};

// Elements that could not be stored and are kept aside, for whoever has the administrator's token. Safe for concurrent
// use.
class RejectRoutes {
 public:
  explicit RejectRoutes(const RejectRetryParts& parts) : parts_(parts) {}

  // GET /admin/v1/Rejects[?WorkspaceSid][&Road][&After][&Limit]: in the order of their numbers, without their bytes;
  // the next request gives the answer's `after` as After, until it is null.
  [[nodiscard]] ApiResult<http::Response> list(const Context& context) const;
  // GET /admin/v1/Rejects/{Number}: with its bytes.
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;
  // POST /admin/v1/Rejects/{Number}/Retry and POST /admin/v1/Rejects/Retry: reads it again, or all of them, some
  // hundred at once. AccountSid and WorkspaceSid add what an element does not say.
  [[nodiscard]] ApiResult<http::Response> retry(const Context& context) const;
  [[nodiscard]] ApiResult<http::Response> retry_all(const Context& context) const;
  // DELETE /admin/v1/Rejects/{Number} and DELETE /admin/v1/Rejects[?WorkspaceSid][&Road].
  [[nodiscard]] ApiResult<http::Response> drop(const Context& context) const;
  [[nodiscard]] ApiResult<http::Response> drop_all(const Context& context) const;

 private:
  const RejectRetryParts parts_;
};

// The bodies of these answers. `number` and `query` are as they stand in the request: 400/20001 names the parameter and
// the rule, 404 a number under which nothing is kept aside.
ApiResult<std::string> rejects_in_json(std::string_view query, const store::Rejects& rejects,
                                       const store::Registry& registry);
ApiResult<std::string> reject_in_json(std::string_view number, const store::Rejects& rejects,
                                      const store::Registry& registry);
ApiResult<std::string> retry_in_json(std::string_view number, std::string_view form, const RejectRetryParts& parts);
ApiResult<std::string> retry_all_in_json(std::string_view form, const RejectRetryParts& parts);
ApiResult<std::string> drop_in_json(std::string_view number, store::Rejects& rejects);
ApiResult<std::string> drop_all_in_json(std::string_view query, store::Rejects& rejects);

}  // namespace waybill::api
