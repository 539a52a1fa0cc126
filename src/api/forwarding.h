#pragma once

#include "api/context.h"
#include "api/error_response.h"
#include "api/query_params.h"
#include "relay/relay.h"
#include "store/event_store.h"

namespace waybill::api {

// What becomes of callbacks that are posted on, for whoever has the administrator's token. Every route is 404 where
// nothing is forwarded. Safe for concurrent use.
class Forwarding {
 public:
  // `store` and `relay` must outlive this object; no relay: nothing is forwarded.
  Forwarding(const store::EventStore& store, relay::Relay* relay) : store_(store), relay_(relay) {}

  // GET /admin/v1/Forwarding: each receiver with its queue.
  [[nodiscard]] ApiResult<http::Response> list() const;
  // GET /admin/v1/Forwarding/DeadLetters[?Receiver][&Limit]: the newest of them, without their forms.
  [[nodiscard]] ApiResult<http::Response> list_dead(const Context& context) const;
  // POST /admin/v1/Forwarding/DeadLetters/Retry [Receiver] [Numbers]: back into the queue, as many as have room.
  [[nodiscard]] ApiResult<http::Response> retry(const Context& context) const;
  // POST /admin/v1/Forwarding/DeadLetters/Drop [Receiver] [Numbers]
  [[nodiscard]] ApiResult<http::Response> drop_dead(const Context& context) const;
  // POST /admin/v1/Forwarding/Queue/Drop Receiver: what is queued for one, but for what is on its way.
  [[nodiscard]] ApiResult<http::Response> drop_queued(const Context& context) const;
  // POST /admin/v1/Forwarding/Replay [AccountSid] WorkspaceSid From [To] [Receiver] [After]: queues the callbacks of
  // stored events, oldest first, some hundred for each request; the next one gives the answer's `after` as After, until
  // it is null. 503 while the queue has no room for them.
  [[nodiscard]] ApiResult<http::Response> replay(const Context& context) const;

 private:
  struct Span;
  [[nodiscard]] ApiResult<relay::Relay*> relay() const;
  [[nodiscard]] ApiResult<Span> span_of(const QueryParams& params, base::WallTime now) const;

  const store::EventStore& store_;
  relay::Relay* const relay_;
};

}  // namespace waybill::api
