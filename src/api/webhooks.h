#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/access.h"
#include "api/callback_listener.h"
#include "api/context.h"
#include "api/feed_observer.h"
#include "api/refusal_lines.h"
#include "api/reject_keeping.h"
#include "api/run_later.h"
#include "api/signing_tokens.h"
#include "api/webhook_signatures.h"
#include "eventlog/event_log.h"
#include "http/server.h"
#include "model/limits.h"
#include "obs/log.h"
#include "store/event_store.h"
#include "webhook/cloud_event.h"
#include "webhook/signature.h"

namespace waybill::api {

struct WebhookSettings {
  std::vector<WebhookToken> tokens;  // beside each account's own Auth Token
  bool allow_unsigned = false;       // takes requests whatever their signature
};

// What the webhooks work with. All of it must outlive them, and of the logger, the clock and the last two, which may be
// null, the event log too: it answers what it still holds at its end.
struct WebhookParts {
  eventlog::EventLog& log;
  const store::Registry& registry;
  const Access& access;
  const obs::Log& logger;
  store::Rejects& rejects;  // what cannot be stored
  const base::Clock& clock;
  RunLater run_later;  // jobs that use this object
  FeedObserver* observer = nullptr;
  CallbackListener* listener = nullptr;
};

// The ways in for the service's own webhooks. Safe for concurrent use.
class Webhooks {
 public:
  Webhooks(const WebhookParts& parts, WebhookSettings settings, model::Limits limits,
           std::unique_ptr<WebhookSignatures> signatures);

  // POST /webhooks/taskrouter: an event callback. 204 once the event is on disk, or kept aside since it can be none.
  // 403 for a signature that is missing or wrong, and for an account that is unknown here; 429 for a wrong one from an
  // address that has sent too many; 400, 413, 415 what is no form; 503, 507 as the log, and where there is no room to
  // keep anything aside.
  void taskrouter(const Context& context, http::Reply reply) const;

  // POST /webhooks/event-streams: CloudEvents. 200 with counts once the good ones are on disk; elements that can be no
  // event are kept aside, and named there. Otherwise as above; elements of unknown accounts are a 403 after the others
  // were stored.
  void event_streams(const Context& context, http::Reply reply) const;

  // GET /admin/v1/Webhooks: the counts.
  [[nodiscard]] ApiResult<http::Response> counts() const;
  // What was not taken, by reason.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> rejects() const;

 private:
  // webhook_flow.h
  struct Source;    // where a request came from
  struct Callback;  // what was read of one
  struct Batch;
  struct Shared;  // what a request that waits for the disk needs when this object is gone

  using Depth = WebhookSignatures::Depth;
  void take_callback(const Context& context, http::Reply reply, Depth depth) const;
  void take_stream(const Context& context, http::Reply reply, Depth depth) const;
  [[nodiscard]] Source source_of(const Context& context, store::FeedRoad road, Depth depth) const;
  // The workspace that a request names, looked for where that is needed.
  using NamedSubject = std::function<std::optional<store::LedgerSubject>()>;
  // The owner of the token that signed; the error to answer with if none did, which is noted of `subject` where there
  // was a signature, unless a search is needed first (Source::needs_search).
  [[nodiscard]] ApiResult<std::string> check(const Context& context, const webhook::SignedRequest& request,
                                             const SigningTokens& tokens, Source& source,
                                             const NamedSubject& subject) const;
  [[nodiscard]] std::optional<store::LedgerSubject> known_subject(const model::Account& account,
                                                                  const std::string& workspace_text) const;
  [[nodiscard]] ApiResult<Callback> read_callback(const Context& context, Source& source) const;
  void store_callback(const Source& source, Callback callback, http::Reply reply) const;
  [[nodiscard]] ApiResult<std::shared_ptr<Batch>> read_stream(const Context& context, Source& source) const;
  void place(const Source& source, const std::string& owner, const webhook::StreamEvent& told, Batch& batch) const;

  // webhook_keeping.cc: what is kept aside. Two answer later, from a thread that may wait for the disk.
  [[nodiscard]] static KeptElement kept_form(const Source& source, const model::Account& account,
                                             const http::Parameters& form, const std::string& problem);
  void keep_callback(const Source& source, Callback callback, http::Reply reply) const;
  void note_bad(const Source& source, const std::string& owner, const webhook::BadElement& bad, Batch& batch) const;
  void keep_elements(const Source& source, const std::shared_ptr<Batch>& batch) const;
  [[nodiscard]] std::optional<store::LedgerSubject> subject_of(const store::Reject& reject) const;

  const WebhookParts parts_;
  const WebhookSettings settings_;
  const model::Limits limits_;
  const std::shared_ptr<Shared> shared_;
  const std::unique_ptr<WebhookSignatures> signatures_;  // the last member: its jobs use the others
};

}  // namespace waybill::api
