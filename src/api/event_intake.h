#pragma once

#include <utility>
#include <vector>

#include "api/context.h"
#include "api/error_response.h"
#include "api/run_later.h"
#include "base/random.h"
#include "codec/event_json.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "model/limits.h"
#include "obs/log.h"
#include "store/event_store.h"
#include "store/rejects.h"

namespace waybill::api {

// What the intake works with. All of it must outlive it.
struct IntakeParts {
  eventlog::EventLog& log;
  const store::Registry& registry;
  store::Rejects& rejects;
  base::Random& random;
  const obs::Log& logger;
  RunLater run_later;  // jobs that use the intake
};

// POST /v1/Workspaces/{WorkspaceSid}/Events, this API's own way in. Safe for concurrent use.
class EventIntake {
 public:
  EventIntake(IntakeParts parts, model::Limits limits) : parts_(std::move(parts)), limits_(limits) {}

  // Reads the body, and answers through `reply`: 201 with the counts once the events are on disk, an error with nothing
  // of them stored otherwise. 400/20001 names the place, the member and the rule; 404 a malformed workspace; 413 what
  // is over a limit; 415 another content type; 503 a full queue or a log that has stopped; 507 a full disk. With
  // Unknown=keep the body is read by the rules of others' roads (codec/rules.h), element by element: what cannot be
  // stored is kept aside and told of in the answer; 503, and nothing is stored, where there is no room for that.
  void post(const Context& context, http::Reply reply) const;

 private:
  struct Accepted;
  struct Asked;
  [[nodiscard]] ApiResult<Asked> asked(const Context& context) const;
  [[nodiscard]] ApiResult<Accepted> read(const Context& context) const;
  [[nodiscard]] ApiResult<void> read_leniently(const Context& context, const Asked& asked,
                                               const codec::Arrival& arrival, Accepted& accepted) const;
  void keep_and_store(const Context& context, Accepted accepted, http::Reply reply) const;
  void store(Accepted accepted, http::Reply reply) const;
  struct Batch;  // as the log tells of it
  void note_refused(const Batch& batch, const ApiError& error) const;

  const IntakeParts parts_;
  const model::Limits limits_;
};

}  // namespace waybill::api
