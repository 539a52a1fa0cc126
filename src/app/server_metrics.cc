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
  metrics.gauges("waybill_store_bytes", "Size of the store's files in bytes, by kind.", [figures] {
    return Samples{{{{"files", "segments"}}, static_cast<double>(figures->segment_bytes)},
                   {{{"files", "sids"}}, static_cast<double>(figures->sid_bytes)},
                   {{{"files", "database"}}, static_cast<double>(figures->database_bytes)}};
  });
  metrics.gauge("waybill_store_segments", "Sealed segments.",
                [figures] { return static_cast<double>(figures->segments); });
  metrics.gauge("waybill_store_unsealed_events", "Events not yet in a segment.",
                [figures] { return static_cast<double>(figures->unsealed_events); });
  metrics.gauge("waybill_store_unsealed_bytes", "Memory used by events not yet in a segment, in bytes, index included.",
                [figures] { return static_cast<double>(figures->unsealed_bytes); });
  metrics.gauge("waybill_store_upkeep_failing", "1 while background maintenance of the store keeps failing.",
                [figures] { return figures->problem ? 1.0 : 0.0; });
  metrics.gauge("waybill_store_commit_position", "Position of the last committed event.",
                [&store] { return static_cast<double>(to_number(store.horizon())); });
  metrics.gauges("waybill_store_damaged_files", "Damaged files in use, by kind.",
                 [figures] { return of_kinds(figures->damage, [](const store::DamagedFile&) { return 1.0; }); });
  metrics.gauges("waybill_store_damaged_pages", "Damaged 4 KiB pages found in files in use, by kind.", [figures] {
    return of_kinds(figures->damage, [](const store::DamagedFile& file) { return static_cast<double>(file.pages); });
  });
  metrics.counters("waybill_store_uncompared_variants_total",
                   "Events kept as variants because the stored copy could not be read.",
                   [figures] { return Samples{{{}, static_cast<double>(figures->uncompared)}}; });
}

void watch_rejects(obs::Metrics& metrics, const store::Rejects& rejects) {
  const auto taken = std::make_shared<store::RejectFigures>();
  metrics.before_look([&rejects, taken] { *taken = rejects.figures().value_or(store::RejectFigures()); });
  const auto figures = [taken] { return *taken; };
  metrics.gauge("waybill_rejects", "Rejected elements that are kept.",
                [figures] { return static_cast<double>(figures().count); });
  metrics.gauge("waybill_rejects_bytes", "Size of the rejected elements that are kept, in bytes.",
                [figures] { return static_cast<double>(figures().bytes); });
  metrics.counters("waybill_rejected_total", "Rejected elements, by the road they came on.", [figures] {
    constexpr std::array<const char*, std::size(store::kAllRejectRoads)> kRoads = {"post", "callback", "event_stream",
                                                                                   "pull", "import"};
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
  metrics.gauge("waybill_http_answers_bytes", "Response bytes not yet read by clients.",
                [&http] { return static_cast<double>(http.answers_bytes()); });
  metrics.counters(
      "waybill_http_server_events_total", "Connections and requests refused or aborted, by reason.", [&http] {
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
  metrics.gauges("waybill_cache_bytes", "Cache size in bytes, by cache.", of_both(&api::CacheFigures::bytes));
  metrics.counters("waybill_cache_hits_total", "Cache hits, by cache.", of_both(&api::CacheFigures::hits));
  metrics.counters("waybill_cache_misses_total", "Cache misses, by cache.", of_both(&api::CacheFigures::misses));
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
  metrics.counters("waybill_upkeep_steps_total", "Completed background maintenance steps, by step.",
                   of_each([](const store::UpkeepFigures& step) { return static_cast<double>(step.done); }));
  metrics.counters(
      "waybill_upkeep_seconds_total", "Time spent in background maintenance steps, by step.",
      of_each([](const store::UpkeepFigures& step) { return std::chrono::duration<double>(step.took).count(); }));
}

}  // namespace

eventlog::EventLogMetrics event_log_metrics(obs::Metrics& metrics, const base::Clock& clock) {
  const auto events = [&](const char* road, const char* outcome) {
    return metrics.counter("waybill_events_total", "Events received, by road and outcome.",
                           {{"road", road}, {"outcome", outcome}});
  };
  const auto of_road = [&](const char* road) {
    return eventlog::RoadMetrics{.accepted = events(road, "accepted"),
                                 .duplicates = events(road, "duplicate"),
                                 .variants = events(road, "variant"),
                                 .dropped = events(road, "dropped"),
                                 .refused = events(road, "refused")};
  };
  return {
      .clock = &clock,
      .commit_seconds = metrics.histogram("waybill_commit_duration_seconds",
                                          "Duration of an event log commit, fsync included.", obs::latency_bounds()),
      .roads = {of_road("post"), of_road("callback"), of_road("event_stream"), of_road("pull")},
      .unknown_members =
          metrics.counter("waybill_unknown_members_total", "Unknown members of events, stored in waybill_extra.", {})};
}

void watch_relay(obs::Metrics& metrics, const relay::Relay& relay) {
  metrics.gauge("waybill_relay_queued", "Callbacks queued for forwarding, all receivers.",
                [&relay] { return static_cast<double>(relay.figures().queued); });
  metrics.gauge("waybill_relay_queued_bytes", "Size of the callbacks queued for forwarding, in bytes.",
                [&relay] { return static_cast<double>(relay.figures().queued_bytes); });
  metrics.gauge("waybill_relay_arriving_bytes",
                "Size of the callbacks not yet written to the forwarding queue, in bytes.",
                [&relay] { return static_cast<double>(relay.figures().arriving_bytes); });
  metrics.counters(
      "waybill_relay_lost_total", "Callbacks that were stored but not queued for forwarding, by reason.", [&relay] {
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
  metrics.gauge("waybill_queued_bytes", "Size of the events waiting to be written, in bytes.",
                [&log = watched.log] { return static_cast<double>(log.queued_bytes()); });
  metrics.gauge("waybill_log_stopped", "1 after a failed write: new events are refused until a restart.",
                [&log = watched.log] { return log.stopped() ? 1.0 : 0.0; });
  metrics.counters("waybill_webhooks_refused_total", "Webhooks refused, by reason.", [&api = watched.api] {
    Samples samples;
    for (const auto& [reason, count] : api.webhook_rejects()) {
      samples.push_back({{{"reason", reason}}, static_cast<double>(count)});
    }
    return samples;
  });
}

}  // namespace waybill::app
