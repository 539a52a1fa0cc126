#pragma once

#include "api/context.h"
#include "api/error_response.h"
#include "store/event_store.h"

namespace waybill::api {

// Events that are to be forgotten, and the notes of those that were, for whoever has the administrator's token. Safe
// for concurrent use.
class Erasures {
 public:
  // Both must outlive this object.
  Erasures(const store::Registry& registry, store::EventUpkeep& upkeep) : registry_(registry), upkeep_(upkeep) {}

  // POST /admin/v1/Erasures [AccountSid] WorkspaceSid [TaskSid | WorkerSid] [From] [To] [DryRun]: 201 with the note;
  // what it names is invisible by then. DryRun=true does nothing: 200 with how much it would be.
  [[nodiscard]] ApiResult<http::Response> create(const Context& context) const;
  // GET /admin/v1/Erasures
  [[nodiscard]] ApiResult<http::Response> list() const;

 private:
  const store::Registry& registry_;
  store::EventUpkeep& upkeep_;
};

}  // namespace waybill::api
