#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "api/context.h"
#include "api/error_response.h"
#include "api/feed_observer.h"
#include "ledger/completeness.h"
#include "store/event_store.h"

namespace waybill::api {

// What a server pulls by itself, as it tells whoever asks what is missing.
struct Pulling {
  std::string upstream;                 // scheme, host and port; empty: it pulls nothing
  std::vector<std::string> workspaces;  // empty: all that the upstream has
  std::chrono::seconds look_back{};
};

// What is known of the completeness of a workspace's history, for its account. A workspace need not have an event yet,
// to be told of and to be asked about. Safe for concurrent use.
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
        pulling_(std::move(pulling)) {}

  // GET /v1/Workspaces/{WorkspaceSid}/Completeness?From=
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;
  // POST …/Completeness/Pulls, JSON: 201. A pull that was asked in the future counts as asked now.
  [[nodiscard]] ApiResult<http::Response> record_pull(const Context& context) const;
  // POST …/Completeness/Gaps, JSON: 201.
  [[nodiscard]] ApiResult<http::Response> record_gap(const Context& context) const;

  // For GET /metrics: the marks of all workspaces in the text form of Prometheus.
  [[nodiscard]] std::string metrics(const Context& context) const;

 private:
  store::Ledger& ledger_;
  const store::Registry& registry_;
  FeedObserver* const feeds_;  // may be null
  const std::chrono::milliseconds settling_;
  const Pulling pulling_;
};

}  // namespace waybill::api
