#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/access.h"
#include "api/administration.h"
#include "api/completeness.h"
#include "api/disk_watch.h"
#include "api/erasures.h"
#include "api/event_intake.h"
#include "api/events.h"
#include "api/forwarding.h"
#include "api/guess_watch.h"
#include "api/heavy_reads.h"
#include "api/public_base.h"
#include "api/rate_limit.h"
#include "api/readiness.h"
#include "api/refusal_lines.h"
#include "api/rejects.h"
#include "api/request_metrics.h"
#include "api/retention.h"
#include "api/self_description.h"
#include "api/variants.h"
#include "api/webhooks.h"
#include "api/workspaces.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "eventlog/event_log.h"
#include "http/router.h"
#include "http/server.h"
#include "model/limits.h"
#include "obs/log.h"
#include "relay/relay.h"
#include "store/event_store.h"

namespace waybill::api {

struct ApiSettings {
  PublicBaseSettings public_base;
  EventsSettings events;
  model::Limits limits;
  WebhookSettings webhooks;
  std::uint32_t rate_limit_per_second = 10'000;  // reads of one account; 0: no limit
  HeavyReadLimits heavy_reads;
  GuessLimits guesses;
  std::chrono::milliseconds settling = ledger::kSettlingDefault;  // how late events may turn up at an upstream
  std::size_t store_threads = 5;  // for what waits for the disk or takes long; an account has all but one at most
  Pulling pulling;                // what the server pulls by itself
  std::size_t store_queue_max = 10'000;  // requests that wait for such a thread; 503 beyond
};

// What the API works with. All of it must outlive the API.
struct ApiParts {
  store::EventStore& store;
  eventlog::EventLog& log;
  Access& access;
  const base::Clock& clock;
  base::Random& random;
  const obs::Log& logger;
  FeedObserver* feed_observer = nullptr;          // may be null; otherwise outlives the event log too
  CallbackListener* callback_listener = nullptr;  // the same
  relay::Relay* relay = nullptr;                  // none: nothing is forwarded
  obs::Metrics* metrics = nullptr;                // none: requests are not counted; else outlives the event log too
};

// What becomes the headers that every answer carries.
struct CommonHeaders {
  CommonHeaders(std::string sid, base::SteadyTime now) : request_sid(std::move(sid)), began(now) {}
  std::string request_sid;  // RQ…, to find the request in the log
  std::string caller;       // for the log: who has proved to be asking
  Admission admission;      // the last step fills it in
  std::uint64_t owner = 0;  // Response::owner and is_urgent
  bool is_urgent = false;
  base::SteadyTime began;
  std::size_t route = RequestMetrics::kNoRoute;  // in the table of routes
  bool for_pages = true;                         // whether pages of others may read the answer (CORS)
};

// Every request goes through here: one list of steps and one table of routes, both in api.cc. Safe for concurrent use.
class Api {
 public:
  Api(const ApiParts& parts, ApiSettings settings);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  ~Api();

  // Answers a request, now or later, on any thread. Does not block, but for a read that finds the disk asked after all
  // (DiskWatch).
  void handle(http::Request request, http::Reply reply);

  // The same for a port of its own that answers /metrics, /healthz and /readyz alone, to whoever reaches it. Pages in
  // browsers are not let read its answers (no CORS headers).
  void handle_watching(http::Request request, http::Reply reply);

  // What /readyz says. While a server starts, only what shows its state is answered; all else gets 503.
  [[nodiscard]] Readiness& readiness() { return readiness_; }

  // How many reads of an account a second; 0: no limit. In force from now on.
  void set_rate_limit(std::uint32_t per_second) { rate_limit_.set(per_second); }

  // What the administrator is shown of the settings: none that is secret.
  void set_shown_settings(std::map<std::string, std::string> settings) {
    self_description_.set_settings(std::move(settings));
  }

  // Gives back the memory in which records that were shown are kept.
  void forget_shown_records() { events_.forget_shown_records(); }

  // The reading half, which has caches.
  [[nodiscard]] const Events& events() const { return events_; }
  // They count the reads that wait for the disk, and wrong credentials.
  [[nodiscard]] const HeavyReads& heavy_reads() const { return heavy_reads_; }
  [[nodiscard]] const GuessWatch& guess_watch() const { return guess_watch_; }
  // Webhooks that were not taken, by reason.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> webhook_rejects() const {
    return webhooks_.rejects();
  }

  // The methods and paths there are.
  [[nodiscard]] static std::vector<RequestMetrics::Route> routes();

  // The answer to what never reached handle(), with the headers that every answer has.
  http::Response protocol_error(const http::Failure& failure);
  // The same for the port of handle_watching().
  http::Response watching_protocol_error(const http::Failure& failure);

  // A name for a request, RQ…, to find it in the log.
  [[nodiscard]] std::string new_request_sid() const;

 private:
  struct Route;
  static const Route kRoutes[];

  // By which port a request came. Which one that is a server decides, and no header of a request.
  enum class Door { kMain, kWatching };
  [[nodiscard]] http::Response protocol_error(Door door, const http::Failure& failure);
  void take(Door door, http::Request request, http::Reply plain_reply);
  std::optional<http::Response> authenticate(Door door, const Route& route, Context& context);
  [[nodiscard]] ApiResult<http::Response> metrics(const Context& context);
  [[nodiscard]] std::shared_ptr<RequestMetrics> make_request_metrics() const;
  void run(const Route& route, Context context, http::Reply reply);
  // As RunLater.
  bool run_later(std::function<void()> job);
  [[nodiscard]] bool may_run_here(const Route& route, const http::Request& request) const;
  void run_here(const Route& route, Context context, http::Reply reply);
  void run_elsewhere(const Route& route, Context context, http::Reply reply);
  void run_without_throwing(const std::string& request, const std::function<void()>& what) const;
  template <class Ask>
  auto watching_the_disk(Ask ask);
  [[nodiscard]] http::Reply with_headers(http::Reply reply, std::shared_ptr<const CommonHeaders> headers) const;

  const ApiParts parts_;
  const ApiSettings settings_;
  Events events_;
  Workspaces workspaces_;
  // Before those who ask it for jobs, of which some do so until they end; ~Api ends its threads first.
  base::ThreadPool store_threads_;
  EventIntake intake_;
  Administration administration_;
  Erasures erasures_;
  RetentionRoutes retention_;
  CompletenessRoutes completeness_;
  Forwarding forwarding_;
  Variants variants_;
  RejectRoutes rejects_;
  Webhooks webhooks_;
  SelfDescription self_description_;
  RateLimit rate_limit_;
  HeavyReads heavy_reads_;
  GuessWatch guess_watch_;
  DiskWatch disk_watch_;
  // Shared with replies, which may outlive this object.
  std::shared_ptr<RequestMetrics> request_metrics_;
  std::shared_ptr<RefusalLines> failure_lines_;  // of requests whose sender nobody knows
  Readiness readiness_;
  http::Router router_;
};

}  // namespace waybill::api
