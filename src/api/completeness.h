#pragma once

#include <chrono>
#include <string>

#include "api/context.h"
#include "api/error_response.h"
#include "ledger/completeness.h"
#include "store/event_store.h"

namespace waybill::api {

// What is known of the completeness of a workspace's history, for its account. A workspace need not have an event yet,
// to be told of and to be asked about. Safe for concurrent use.
class CompletenessRoutes {
 public:
  // Both must outlive this object.
  CompletenessRoutes(store::Ledger& ledger, const store::Registry& registry, std::chrono::milliseconds settling)
      : ledger_(ledger), registry_(registry), settling_(settling) {}

  // GET /v1/Workspaces/{WorkspaceSid}/Completeness?From=
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;
  // POST …/Completeness/Pulls, JSON: 201. A pull that was asked in the future counts as asked now.
  [[nodiscard]] ApiResult<http::Response> record_pull(const Context& context) const;
  // POST …/Completeness/Gaps, JSON: 201.
  [[nodiscard]] ApiResult<http::Response> record_gap(const Context& context) const;

  // For GET /metrics: the marks of all workspaces in the text form of Prometheus.
  [[nodiscard]] ApiResult<std::string> metrics(const Context& context) const;

 private:
  store::Ledger& ledger_;
  const store::Registry& registry_;
  const std::chrono::milliseconds settling_;
};

}  // namespace waybill::api
