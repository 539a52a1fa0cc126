#include "app/server_metrics.h"

#include <string>
#include <utility>
#include <vector>

#include "http/counters.h"

namespace waybill::app {
namespace {

using Samples = std::vector<std::pair<obs::Labels, double>>;

void watch_store(obs::Metrics& metrics, const store::EventStore& store) {
  metrics.gauges("waybill_store_bytes", "Bytes of the store's files, by what they hold.", [&store] {
    const store::StoreFigures figures = store.figures();
    return Samples{{{{"files", "segments"}}, static_cast<double>(figures.segment_bytes)},
                   {{{"files", "sids"}}, static_cast<double>(figures.sid_bytes)},
                   {{{"files", "database"}}, static_cast<double>(figures.database_bytes)}};
  });
  metrics.gauge("waybill_store_segments", "Sealed segments.",
                [&store] { return static_cast<double>(store.figures().segments); });
  metrics.gauge("waybill_store_unsealed_events", "Events that no segment holds yet.",
                [&store] { return static_cast<double>(store.figures().unsealed_events); });
  metrics.gauge("waybill_store_upkeep_failing", "1 while the store's upkeep cannot do its next step.",
                [&store] { return store.figures().problem ? 1.0 : 0.0; });
  metrics.gauge("waybill_store_commit_position", "The position of the last event that is committed.",
                [&store] { return static_cast<double>(to_number(store.horizon())); });
}

void watch_http(obs::Metrics& metrics, const http::Server& http) {
  metrics.gauge("waybill_http_connections", "Open connections.",
                [&http] { return static_cast<double>(http.connection_count()); });
  metrics.gauges("waybill_http_server_events", "What came in and was refused or given up, since the start.", [&http] {
    Samples samples;
    for (std::size_t i = 0; i < http::kServerEventCount; ++i) {
      const auto event = static_cast<http::ServerEvent>(i);
      samples.push_back({{{"event", std::string(to_text(event))}}, static_cast<double>(http.counters().of(event))});
    }
    return samples;
  });
}

}  // namespace

eventlog::EventLogMetrics event_log_metrics(obs::Metrics& metrics, const base::Clock& clock) {
  const auto events = [&](const char* outcome) {
    return metrics.counter("waybill_events_total", "Events that arrived, by what became of them.",
                           {{"outcome", outcome}});
  };
  return {.clock = &clock,
          .commit_seconds = metrics.histogram("waybill_commit_duration_seconds",
                                              "One commit of the event log, with its sync.", obs::latency_bounds()),
          .accepted = events("accepted"),
          .duplicates = events("duplicate"),
          .variants = events("variant"),
          .dropped = events("dropped"),
          .refused = events("refused")};
}

void watch(obs::Metrics& metrics, const Watched& watched) {
  watch_store(metrics, watched.store);
  watch_http(metrics, watched.http);
  metrics.gauge("waybill_queued_bytes", "Bytes of events that wait for the disk.",
                [&log = watched.log] { return static_cast<double>(log.queued_bytes()); });
  metrics.gauge("waybill_log_stopped", "1 once new events are refused since a write to the disk failed.",
                [&log = watched.log] { return log.stopped() ? 1.0 : 0.0; });
  metrics.gauges("waybill_webhooks_refused", "Webhooks that were not taken, by reason, since the start.",
                 [&api = watched.api] {
                   Samples samples;
                   for (const auto& [reason, count] : api.webhook_rejects()) {
                     samples.push_back({{{"reason", reason}}, static_cast<double>(count)});
                   }
                   return samples;
                 });
}

}  // namespace waybill::app
