#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "api/context.h"
#include "api/error_response.h"
#include "api/feed_observer.h"
#include "ledger/completeness.h"
#include "ledger/gauges.h"
#include "store/event_store.h"

namespace waybill::api {

// What a server pulls by itself, as it tells whoever asks what is missing.
struct Pulling {
  std::string upstream;                 // scheme, host and port; empty: it pulls nothing
  std::vector<std::string> workspaces;  // empty: all that the upstream has
  std::chrono::seconds look_back{};
};

// Workspaces of an account that its ledger takes facts of before their first event is here: a puller that begins, and
// workspaces that are empty. More of them might be made up.
constexpr std::size_t kEarlyWorkspacesMax = 20;

// What is known of the completeness of a workspace's history, for its account. A workspace need not have an event yet,
// to be asked about, nor to be told of while there are few such. Safe for concurrent use.
class CompletenessRoutes {
 public:
  // All of it must outlive the routes.
  struct Parts {
    store::Ledger& ledger;
    const store::Registry& registry;
    FeedObserver* feeds;  // may be null
  };
  CompletenessRoutes(const Parts& parts, std::chrono::milliseconds settling, Pulling pulling)
      : ledger_(parts.ledger),
        registry_(parts.registry),
        feeds_(parts.feeds),
        settling_(settling),
        pulling_(std::move(pulling)),
        gauges_(parts.ledger, settling) {}

  // GET /v1/Workspaces/{WorkspaceSid}/Completeness?From=
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;
  // POST …/Completeness/Pulls, JSON: 201. A pull that was asked in the future counts as asked now. 413, naming the
  // limit, where the ledger has no room for it (store::LedgerLimits, kEarlyWorkspacesMax).
  [[nodiscard]] ApiResult<http::Response> record_pull(const Context& context) const;
  // POST …/Completeness/Gaps, JSON: 201; 413 as above.
  [[nodiscard]] ApiResult<http::Response> record_gap(const Context& context) const;

  // For GET /metrics: the marks of workspaces, as ledger::Gauges gives them, in the text form of Prometheus.
  [[nodiscard]] std::string metrics(const Context& context);

 private:
  [[nodiscard]] ApiResult<void> check_early(const store::LedgerSubject& subject) const;

  store::Ledger& ledger_;
  const store::Registry& registry_;
  FeedObserver* const feeds_;  // may be null
  const std::chrono::milliseconds settling_;
  const Pulling pulling_;
  ledger::Gauges gauges_;
};

}  // namespace waybill::api
