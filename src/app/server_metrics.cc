#include "app/server_metrics.h"

#include <array>
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
  metrics.gauge("waybill_store_unsealed_bytes", "Bytes of memory that they take, with their index.",
                [&store] { return static_cast<double>(store.figures().unsealed_bytes); });
  metrics.gauge("waybill_store_upkeep_failing", "1 while the store's upkeep cannot do its next step.",
                [&store] { return store.figures().problem ? 1.0 : 0.0; });
  metrics.gauge("waybill_store_commit_position", "The position of the last event that is committed.",
                [&store] { return static_cast<double>(to_number(store.horizon())); });
}

void watch_rejects(obs::Metrics& metrics, const store::Rejects& rejects) {
  const auto figures = [&rejects] { return rejects.figures().value_or(store::RejectFigures()); };
  metrics.gauge("waybill_rejects", "Elements that could not be stored and are kept aside.",
                [figures] { return static_cast<double>(figures().count); });
  metrics.gauge("waybill_rejects_bytes", "Bytes that they take.",
                [figures] { return static_cast<double>(figures().bytes); });
  metrics.counters("waybill_rejected_total", "Elements that were kept aside, by their road, since the start.",
                   [figures] {
                     constexpr std::array<const char*, std::size(store::kAllRejectRoads)> kRoads = {
                         "post", "callback", "event_stream", "pull", "import"};
                     const store::RejectFigures now = figures();
                     Samples samples;
                     for (std::size_t i = 0; i < now.kept.size(); ++i) {
                       samples.push_back({{{"road", kRoads[i]}}, static_cast<double>(now.kept[i])});
                     }
                     return samples;
                   });
}

void watch_http(obs::Metrics& metrics, const http::Server& http) {
  metrics.gauge("waybill_http_connections", "Open connections.",
                [&http] { return static_cast<double>(http.connection_count()); });
  metrics.counters(
      "waybill_http_server_events_total", "What came in and was refused or given up, since the start.", [&http] {
        Samples samples;
        for (std::size_t i = 0; i < http::kServerEventCount; ++i) {
          const auto event = static_cast<http::ServerEvent>(i);
          samples.push_back({{{"event", std::string(to_text(event))}}, static_cast<double>(http.counters().of(event))});
        }
        return samples;
      });
}

void watch_caches(obs::Metrics& metrics, const api::Api& api) {
  const auto of_both = [&api](auto member) {
    return [&api, member] {
      const api::Events& events = api.events();
      return Samples{{{{"cache", "records"}}, static_cast<double>(events.record_figures().*member)},
                     {{{"cache", "pages"}}, static_cast<double>(events.page_figures().*member)}};
    };
  };
  metrics.gauges("waybill_cache_bytes", "Memory in which what was shown is kept.", of_both(&api::CacheFigures::bytes));
  metrics.counters("waybill_cache_hits_total", "Records and pages that were there when they were looked for.",
                   of_both(&api::CacheFigures::hits));
  metrics.counters("waybill_cache_misses_total", "Records and pages that were not.",
                   of_both(&api::CacheFigures::misses));
}

void watch_upkeep(obs::Metrics& metrics, const store::EventStore& store) {
  const auto of_each = [&store](auto value_of) {
    return [&store, value_of] {
      Samples samples;
      for (const store::UpkeepFigures& step : store.figures().upkeep) {
        samples.push_back({{{"step", step.name}}, value_of(step)});
      }
      return samples;
    };
  };
  metrics.counters("waybill_upkeep_steps_total", "Steps of the store's upkeep that had something to do and did it.",
                   of_each([](const store::UpkeepFigures& step) { return static_cast<double>(step.done); }));
  metrics.counters("waybill_upkeep_seconds_total", "The time they took.", of_each([](const store::UpkeepFigures& step) {
                     return std::chrono::duration<double>(step.took).count();
                   }));
}

}  // namespace

eventlog::EventLogMetrics event_log_metrics(obs::Metrics& metrics, const base::Clock& clock) {
  const auto events = [&](const char* road, const char* outcome) {
    return metrics.counter("waybill_events_total", "Events that arrived, by their road and what became of them.",
                           {{"road", road}, {"outcome", outcome}});
  };
  const auto of_road = [&](const char* road) {
    return eventlog::RoadMetrics{.accepted = events(road, "accepted"),
                                 .duplicates = events(road, "duplicate"),
                                 .variants = events(road, "variant"),
                                 .dropped = events(road, "dropped"),
                                 .refused = events(road, "refused")};
  };
  return {.clock = &clock,
          .commit_seconds = metrics.histogram("waybill_commit_duration_seconds",
                                              "One commit of the event log, with its sync.", obs::latency_bounds()),
          .roads = {of_road("post"), of_road("callback"), of_road("event_stream"), of_road("pull")},
          .unknown_members = metrics.counter("waybill_unknown_members_total",
                                             "Members that events do not have, kept beside the events.", {})};
}

void watch(obs::Metrics& metrics, const Watched& watched) {
  watch_store(metrics, watched.store);
  watch_upkeep(metrics, watched.store);
  watch_rejects(metrics, watched.rejects);
  watch_caches(metrics, watched.api);
  watch_http(metrics, watched.http);
  metrics.gauge("waybill_queued_bytes", "Bytes of events that wait for the disk.",
                [&log = watched.log] { return static_cast<double>(log.queued_bytes()); });
  metrics.gauge("waybill_log_stopped", "1 once new events are refused since a write to the disk failed.",
                [&log = watched.log] { return log.stopped() ? 1.0 : 0.0; });
  metrics.counters("waybill_webhooks_refused_total", "Webhooks that were not taken, by reason, since the start.",
                   [&api = watched.api] {
                     Samples samples;
                     for (const auto& [reason, count] : api.webhook_rejects()) {
                       samples.push_back({{{"reason", reason}}, static_cast<double>(count)});
                     }
                     return samples;
                   });
}

}  // namespace waybill::app
