#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "api/context.h"
#include "api/error_response.h"
#include "api/record_cache.h"
#include "store/event_store.h"

namespace waybill::api {

// What GET …/Events and GET …/Events/{Sid} need.
struct EventsSettings {
  // Task attributes of older events are not shown; unset: they always are.
  std::optional<std::chrono::minutes> redact_after = std::chrono::minutes(43'200);
  // Inflated records that are kept. Some 40,000 of them: what dashboards and agents ask for again and again. To inflate
  // one takes two microseconds, so more memory would buy little, on a large machine too.
  std::size_t cache_bytes = 64UL * 1024 * 1024;
};

// The Events resource, for reading. `events` and `registry` must outlive it. Safe for concurrent use.
class Events {
 public:
  Events(const store::EventReader& events, const store::Registry& registry, const store::StoreIdentity& identity,
         EventsSettings settings)
      : events_(events), registry_(registry), identity_(identity), settings_(settings), cache_(settings.cache_bytes) {}

  // GET /v1/Workspaces/{WorkspaceSid}/Events
  [[nodiscard]] ApiResult<http::Response> list(const Context& context) const;
  // GET /v1/Workspaces/{WorkspaceSid}/Events/{Sid}
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;
  // GET /admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Events: the same list with all task attributes.
  [[nodiscard]] ApiResult<http::Response> list_for_administrator(const Context& context) const;

  // Gives back the memory in which records that were shown are kept.
  void forget_shown_records() { cache_.clear(); }

 private:
  [[nodiscard]] base::Result<bool> append_events(std::string& out, const std::vector<model::FoundEvent>& events,
                                                 const Context& context, std::size_t bytes_max) const;
  [[nodiscard]] base::Result<void> shorten(model::FoundPage& page, const Context& context) const;
  [[nodiscard]] base::Result<void> append_event(std::string& out, const model::FoundEvent& event,
                                                const Context& context, std::string& scratch) const;
  [[nodiscard]] base::Result<void> inflate(std::string& out, const model::FoundEvent& event) const;

  const store::EventReader& events_;
  const store::Registry& registry_;
  const store::StoreIdentity& identity_;
  const EventsSettings settings_;
  mutable RecordCache cache_;
};

// The workspace that a path names, for the account that asks. 404/20404 for a malformed or unknown one, and for one of
// another account.
ApiResult<model::Workspace> workspace_of_path(const Context& context, const store::Registry& registry);

}  // namespace waybill::api
