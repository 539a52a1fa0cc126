#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/context.h"
#include "api/error_response.h"
#include "api/list_report.h"
#include "api/page_cache.h"
#include "api/page_token.h"
#include "api/record_cache.h"
#include "codec/record.h"
#include "store/event_store.h"

namespace waybill::api {

// What GET …/Events and GET …/Events/{Sid} need.
struct EventsSettings {
  // Task attributes of older events are not shown; unset: they always are.
  std::optional<std::chrono::minutes> redact_after = std::chrono::minutes(43'200);
  // Inflated records that are kept, and in a quarter of it whole pages. Some 30,000 records: what dashboards and agents
  // ask for again and again. To inflate one takes two microseconds, so more memory would buy little, on a large machine
  // too.
  std::size_t cache_bytes = 64UL * 1024 * 1024;
  std::chrono::milliseconds slow_query{500};  // lists that take as long are logged with their plan; 0: none
};

// What a list is timed by, and where slow ones are logged.
struct EventsWatch {
  const base::Clock& clock;
  const obs::Log& log;
};

// The Events resource, for reading. What it is given must outlive it. Safe for concurrent use.
class Events {
 public:
  Events(const store::EventReader& events, const store::Registry& registry, const store::StoreIdentity& identity,
         EventsWatch watch, EventsSettings settings)
      : events_(events),
        registry_(registry),
        identity_(identity),
        watch_(watch),
        settings_(settings),
        cache_(settings.cache_bytes - settings.cache_bytes / kPagesShare),
        pages_(settings.cache_bytes / kPagesShare, page_hash_key(identity)) {}

  // GET /v1/Workspaces/{WorkspaceSid}/Events
  [[nodiscard]] ApiResult<http::Response> list(const Context& context) const;
  // The same; unset, and nothing done, if it takes more than that effort.
  [[nodiscard]] ApiResult<std::optional<http::Response>> list(const Context& context, Effort effort) const;
  // GET /v1/Workspaces/{WorkspaceSid}/Events/{Sid}
  [[nodiscard]] ApiResult<http::Response> fetch(const Context& context) const;
  // GET /admin/v1/Accounts/{AccountSid}/Workspaces/{WorkspaceSid}/Events: the same list with all task attributes.
  [[nodiscard]] ApiResult<http::Response> list_for_administrator(const Context& context) const;

  // What is kept of records, and of whole pages.
  [[nodiscard]] CacheFigures record_figures() const { return cache_.figures(); }
  [[nodiscard]] CacheFigures page_figures() const { return pages_.figures(); }

  // Gives back the memory in which what was shown is kept.
  void forget_shown_records() {
    pages_.clear();
    cache_.clear();
  }

 private:
  class Known;
  enum class Extra { kHidden, kShown };
  // The part of the memory that whole pages have.
  static constexpr std::size_t kPagesShare = 4;

  using PlainRecords = std::vector<std::shared_ptr<const std::string>>;

  [[nodiscard]] ApiResult<std::optional<http::Response>> page(const Context& context, Effort effort,
                                                              ListReport& report) const;
  [[nodiscard]] ApiResult<void> describe(const Context& context, ListReport& report) const;
  // What the clients of this store cannot know.
  static std::uint64_t page_hash_key(const store::StoreIdentity& identity);
  [[nodiscard]] std::string page_key(std::span<const model::FoundEvent> events, const Context& context,
                                     PageSide side) const;
  void keep_page(http::Response& response, std::size_t events_at, const std::string& key) const;
  [[nodiscard]] base::Result<bool> append_events(std::string& out, const model::FoundPage& page, PlainRecords& records,
                                                 const Context& context, Extra extra, std::size_t bytes_max) const;
  [[nodiscard]] base::Result<void> shorten(model::FoundPage& page, PlainRecords& records, const Context& context,
                                           Extra extra) const;
  [[nodiscard]] base::Result<void> append_event(std::string& out, const model::FoundEvent& event,
                                                std::shared_ptr<const std::string>& plain, const Context& context,
                                                Extra extra) const;
  [[nodiscard]] codec::TaskAttributes attributes_of(const model::FoundEvent& event, const Context& context) const;
  [[nodiscard]] base::Result<void> inflate(std::shared_ptr<const std::string>& plain,
                                           const model::FoundEvent& event) const;

  const store::EventReader& events_;
  const store::Registry& registry_;
  const store::StoreIdentity& identity_;
  const EventsWatch watch_;
  const EventsSettings settings_;
  mutable RecordCache cache_;
  mutable PageCache pages_;
};

// The workspace that a path names, for the account that asks. 404/20404 for a malformed or unknown one, and for one of
// another account.
ApiResult<model::Workspace> workspace_of_path(const Context& context, const store::Registry& registry);

}  // namespace waybill::api
