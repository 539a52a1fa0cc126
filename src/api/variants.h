#pragma once

#include <string>
#include <string_view>

#include "api/context.h"
#include "api/error_response.h"
#include "store/event_store.h"

namespace waybill::api {

// Copies of events that say something else than the first, and where they do, for whoever has the administrator's
// token: task attributes are shown. Safe for concurrent use.
class Variants {
 public:
  // Both must outlive this object.
  Variants(const store::EventReader& events, const store::Registry& registry) : events_(events), registry_(registry) {}

  // GET /admin/v1/Variants[?WorkspaceSid[&AccountSid]][&After][&Limit]: in the order in which they came, some hundred
  // at once; the next request gives the answer's `after` as After, until it is null.
  [[nodiscard]] ApiResult<http::Response> list(const Context& context) const;

 private:
  const store::EventReader& events_;
  const store::Registry& registry_;
};

// The body of that answer to a query. 400/20001 names the parameter and the rule, 404 a workspace that is not there.
ApiResult<std::string> variants_in_json(std::string_view query, const store::EventReader& events,
                                        const store::Registry& registry, std::string_view public_base);

}  // namespace waybill::api
