#pragma once

#include "api/api.h"
#include "base/clock.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "obs/metrics.h"
#include "relay/relay.h"
#include "store/event_store.h"

namespace waybill::app {

// What the event log counts, among `metrics`. Both must outlive the log.
eventlog::EventLogMetrics event_log_metrics(obs::Metrics& metrics, const base::Clock& clock);

// What is looked at when somebody asks.
struct Watched {
  const store::EventStore& store;
  const eventlog::EventLog& log;
  const api::Api& api;
  const http::Server& http;
  const store::Rejects& rejects;
};

// Adds to `metrics` what can be read off a server's parts, which must be there until metrics.forget_gauges().
void watch(obs::Metrics& metrics, const Watched& watched);
// The same of a relay.
void watch_relay(obs::Metrics& metrics, const relay::Relay& relay);

}  // namespace waybill::app
