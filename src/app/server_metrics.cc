#include "app/server_metrics.h"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/counters.h"

namespace waybill::app {
namespace {

using Samples = std::vector<std::pair<obs::Labels, double>>;

// By the kind of a file.
Samples of_kinds(const std::vector<store::DamagedFile>& damage,
                 const std::function<double(const store::DamagedFile&)>& value_of) {
  double segments = 0;
  double sids = 0;
  for (const store::DamagedFile& file : damage) {
    (file.kind == store::DamagedFile::Kind::kSegment ? segments : sids) += value_of(file);
  }
  return {{{{"files", "segments"}}, segments}, {{{"files", "sids"}}, sids}};
}

// What each look at the metrics takes from the store, all at once.
using Figures = std::shared_ptr<store::StoreFigures>;

Figures take_figures(obs::Metrics& metrics, const store::EventStore& store) {
  auto figures = std::make_shared<store::StoreFigures>();
  metrics.before_look([&store, figures] { *figures = store.figures(); });
  return figures;
}

void watch_store(obs::Metrics& metrics, const store::EventStore& store, const Figures& figures) {
  metrics.gauges("waybill_store_bytes", "Bytes of the store's files, by what they hold.", [figures] {
    return Samples{{{{"files", "segments"}}, static_cast<double>(figures->segment_bytes)},
                   {{{"files", "sids"}}, static_cast<double>(figures->sid_bytes)},
                   {{{"files", "database"}}, static_cast<double>(figures->database_bytes)}};
  });
  metrics.gauge("waybill_store_segments", "Sealed segments.",
                [figures] { return static_cast<double>(figures->segments); });
  metrics.gauge("waybill_store_unsealed_events", "Events that no segment holds yet.",
                [figures] { return static_cast<double>(figures->unsealed_events); });
  metrics.gauge("waybill_store_unsealed_bytes", "Bytes of memory that they take, with their index.",
                [figures] { return static_cast<double>(figures->unsealed_bytes); });
  metrics.gauge("waybill_store_upkeep_failing", "1 while the store's upkeep cannot do its next step.",
                [figures] { return figures->problem ? 1.0 : 0.0; });
  metrics.gauge("waybill_store_commit_position", "The position of the last event that is committed.",
                [&store] { return static_cast<double>(to_number(store.horizon())); });
  metrics.gauges("waybill_store_damaged_files", "Files in use that were found damaged, by what they hold.",
                 [figures] { return of_kinds(figures->damage, [](const store::DamagedFile&) { return 1.0; }); });
  metrics.gauges("waybill_store_damaged_pages", "Their pages of 4 KiB that were found damaged.", [figures] {
    return of_kinds(figures->damage, [](const store::DamagedFile& file) { return static_cast<double>(file.pages); });
  });
  metrics.counters("waybill_store_uncompared_variants_total",
                   "Events kept as variants because the stored copy cannot be read, since the start.",
                   [figures] { return Samples{{{}, static_cast<double>(figures->uncompared)}}; });
}

void watch_rejects(obs::Metrics& metrics, const store::Rejects& rejects) {
  const auto taken = std::make_shared<store::RejectFigures>();
  metrics.before_look([&rejects, taken] { *taken = rejects.figures().value_or(store::RejectFigures()); });
  const auto figures = [taken] { return *taken; };
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
  metrics.gauge("waybill_http_answers_bytes", "Bytes of answers that wait until clients read them.",
                [&http] { return static_cast<double>(http.answers_bytes()); });
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

void watch_upkeep(obs::Metrics& metrics, const Figures& figures) {
  const auto of_each = [&figures](auto value_of) {
    return [figures, value_of] {
      Samples samples;
      for (const store::UpkeepFigures& step : figures->upkeep) {
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

void watch_relay(obs::Metrics& metrics, const relay::Relay& relay) {
  metrics.gauge("waybill_relay_queued", "Callbacks that wait to be forwarded, of all receivers.",
                [&relay] { return static_cast<double>(relay.figures().queued); });
  metrics.gauge("waybill_relay_queued_bytes", "Bytes of those callbacks.",
                [&relay] { return static_cast<double>(relay.figures().queued_bytes); });
  metrics.gauge("waybill_relay_arriving_bytes", "Bytes of callbacks that wait for the disk before they are queued.",
                [&relay] { return static_cast<double>(relay.figures().arriving_bytes); });
  metrics.counters("waybill_relay_lost_total", "Callbacks that were stored but never queued, by reason.", [&relay] {
    const relay::RelayFigures figures = relay.figures();
    return Samples{{{{"reason", "no_room"}}, static_cast<double>(figures.turned_away)},
                   {{{"reason", "not_written"}}, static_cast<double>(figures.lost - figures.turned_away)}};
  });
}

void watch(obs::Metrics& metrics, const Watched& watched) {
  const Figures figures = take_figures(metrics, watched.store);
  watch_store(metrics, watched.store, figures);
  watch_upkeep(metrics, figures);
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
