#include "api/webhooks.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <utility>

#include "api/reject_keeping.h"
#include "api/webhook_rejects.h"
#include "base/mutex.h"
#include "base/strings.h"
#include "codec/json_writer.h"
#include "store/reject_rules.h"
#include "webhook/callback_form.h"

namespace waybill::api {
namespace {

constexpr WebhookReject kAllRejects[] = {WebhookReject::kNoSignature,    WebhookReject::kNoBodyHash,
                                         WebhookReject::kWrongBodyHash,  WebhookReject::kWrongSignature,
                                         WebhookReject::kUnknownAccount, WebhookReject::kBadBody,
                                         WebhookReject::kBadEvent,       WebhookReject::kNotStored};
static_assert(std::size(kAllRejects) == kWebhookRejects);

std::string url_of(const Context& context) {
  const std::string& query = context.request.query;
  return context.public_base + context.request.path + (query.empty() ? "" : "?" + query);
}

std::string media_type(const http::Request& request) {
  const std::string_view header = request.header("Content-Type").value_or("");
  return base::to_lower(base::trim(base::split(header, ';').front()));
}

ApiError forbidden(std::string message) { return {403, 20403, std::move(message)}; }

WebhookReject to_reject(webhook::SignatureCheck check) {
  switch (check) {
    case webhook::SignatureCheck::kNoSignature: return WebhookReject::kNoSignature;
    case webhook::SignatureCheck::kNoBodyHash: return WebhookReject::kNoBodyHash;
    case webhook::SignatureCheck::kWrongBodyHash: return WebhookReject::kWrongBodyHash;
    case webhook::SignatureCheck::kMatches:
    case webhook::SignatureCheck::kWrongAlgorithm:
    case webhook::SignatureCheck::kWrongSignature: break;
  }
  return WebhookReject::kWrongSignature;
}

std::string sentence_of(webhook::SignatureCheck check) {
  switch (check) {
    case webhook::SignatureCheck::kNoSignature: return "X-Twilio-Signature: is missing";
    case webhook::SignatureCheck::kNoBodyHash: return "bodySHA256: is missing in the query";
    case webhook::SignatureCheck::kWrongBodyHash: return "bodySHA256: is not the hash of the body";
    case webhook::SignatureCheck::kWrongAlgorithm:
      return "X-Twilio-Webhooks-Signature-Settings: names an algorithm that is neither HMAC_SHA1 nor HMAC_SHA256";
    case webhook::SignatureCheck::kMatches:
    case webhook::SignatureCheck::kWrongSignature: break;
  }
  return "X-Twilio-Signature: does not fit; `waybill webhook verify` says more of a captured request";
}

codec::Arrival arrival_of(const store::Registry& registry, const model::Account& account,
                          const std::string& account_text, const model::WorkspaceSid& workspace,
                          const std::string& workspace_text) {
  // A workspace that is there keeps the spelling it was first written with.
  const auto known = registry.find_workspace(account.number, workspace);
  // Every event of a webhook has a sid, so none is made here.
  return {account_text, known ? known->sid_text : workspace_text, [] { return model::EventSid(model::SidBytes{}); },
          codec::Rules::kLenient};
}

http::Response response_of(const store::UnitOutcome& sum, std::size_t others, const std::vector<KeptElement>& kept) {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  out.key("accepted").number(sum.accepted).key("duplicates").number(sum.duplicates);
  out.key("variants").number(sum.variants).key("dropped").number(sum.dropped);
  out.key("others").number(static_cast<std::int64_t>(others));
  out.key("bad").begin_array();
  for (const KeptElement& one : kept) {
    out.begin_object().key("index").number(static_cast<std::int64_t>(one.index));
    out.member("problem", store::tidied_text(one.reject.problem));
    out.key("number").number(static_cast<std::int64_t>(one.reject.number)).end_object();
  }
  out.end_array().end_object();
  return json_response(200, std::move(body));
}

eventlog::Road log_road(store::FeedRoad road) {
  return road == store::FeedRoad::kCallback ? eventlog::Road::kCallback : eventlog::Road::kEventStream;
}

http::Response no_content() { return {204, {{"Content-Type", "application/json"}}, ""}; }

}  // namespace

std::string_view to_text(WebhookReject reject) {
  switch (reject) {
    case WebhookReject::kNoSignature: return "no_signature";
    case WebhookReject::kNoBodyHash: return "no_body_hash";
    case WebhookReject::kWrongBodyHash: return "wrong_body_hash";
    case WebhookReject::kWrongSignature: return "wrong_signature";
    case WebhookReject::kUnknownAccount: return "unknown_account";
    case WebhookReject::kBadBody: return "bad_body";
    case WebhookReject::kBadEvent: return "bad_event";
    case WebhookReject::kNotStored: return "not_stored";
  }
  return "";
}

struct Webhooks::Source {
  store::FeedRoad road;
  std::string request_id;
  std::string peer_address;
  base::WallTime arrived;
  bool is_trial = false;  // of the administrator's, of whom nothing can be lost
  Depth depth = Depth::kUsual;
  bool needs_search = false;  // the signature fits none of the usual spellings, and others have not been tried
};

// A batch on its way: what was read of it, what waits to be stored, and what became of it so far.
struct Webhooks::Batch {
  std::map<std::pair<model::AccountNumber, model::WorkspaceSid>, store::Unit> units;
  std::size_t others = 0;
  std::vector<KeptElement> kept;
  std::string unknown_account;  // the first; empty: all are known

  base::Mutex mutex;

  std::optional<http::Reply> reply GUARDED_BY(mutex);
  std::size_t pending GUARDED_BY(mutex) = 0;
  store::UnitOutcome sum GUARDED_BY(mutex);
  std::optional<base::Error> failure GUARDED_BY(mutex);
};

struct Webhooks::Shared {
  explicit Shared(const WebhookParts& given)
      : log(given.log), logger(given.logger), observer(given.observer), listener(given.listener) {}

  // Counts it, logs it, and tells the ledger. Gives the error back.
  ApiError reject(const Source& source, WebhookReject reason, ApiError error,
                  const std::optional<store::LedgerSubject>& subject = std::nullopt);
  // Counts what is kept aside, and tells the ledger that the history lacks it.
  void note_kept(const Source& source, std::size_t elements, const std::optional<store::LedgerSubject>& subject);
  // Notes what became of a share of a batch, and answers with the last.
  void settle(Batch& batch, const store::LedgerSubject& subject, const Source& source,
              const base::Result<store::UnitOutcome>& outcome);
  static std::optional<std::pair<http::Reply, http::Response>> answer_of(
      Batch& batch, const base::Result<store::UnitOutcome>& outcome);

  const eventlog::EventLog& log;
  const obs::Log& logger;
  FeedObserver* const observer;
  CallbackListener* const listener;
  WebhookRejectCounts rejects;
  std::atomic<std::uint64_t> other_cloud_events = 0;
};

Webhooks::Webhooks(const WebhookParts& parts, WebhookSettings settings, model::Limits limits,
                   std::unique_ptr<WebhookSignatures> signatures)
    : parts_(parts),
      settings_(std::move(settings)),
      limits_(limits),
      shared_(std::make_shared<Shared>(parts)),
      signatures_(std::move(signatures)) {}

Webhooks::Source Webhooks::source_of(const Context& context, store::FeedRoad road, Depth depth) const {
  return {road,
          context.request.id,
          context.request.peer_address,
          context.now,
          parts_.access.is_administrator(context.request),
          depth};
}

// Those of one account, or of all there are.
Webhooks::Tokens Webhooks::tokens_of(const std::optional<model::Account>& account) const {
  Tokens tokens;
  const std::string wanted = account ? account->sid.to_text() : "";
  for (const WebhookToken& token : settings_.tokens) {
    if (account && !token.account_sid.empty() && !base::equals_ignoring_case(token.account_sid, wanted)) continue;
    tokens.secrets.push_back(token.token);
    tokens.owners.push_back(token.account_sid);
  }
  const std::vector<model::Account> own = account ? std::vector{*account} : parts_.access.accounts();
  for (const model::Account& one : own) {
    tokens.secrets.push_back(one.auth_token);
    tokens.owners.push_back(one.sid.to_text());
  }
  return tokens;
}

ApiResult<std::string> Webhooks::check(const Context& context, const webhook::SignedRequest& request,
                                       const Tokens& tokens, Source& source,
                                       const std::optional<store::LedgerSubject>& subject) const {
  if (settings_.allow_unsigned) return std::string();
  const WebhookSignatures::Outcome outcome = signatures_->check(context, request, tokens.secrets, source.depth);
  const webhook::Verdict& verdict = outcome.verdict;
  if (verdict.check == webhook::SignatureCheck::kMatches) return tokens.owners[verdict.token];
  source.needs_search = outcome.needs_search;
  if (source.needs_search) return forbidden(sentence_of(verdict.check));
  // The query may hold a secret of its owner's.
  parts_.logger.warning("the signature of a webhook does not hold",
                        {{"request", source.request_id},
                         {"reason", std::string(to_text(to_reject(verdict.check)))},
                         {"url", context.public_base + path_for_message(context.request.path)},
                         {"query", context.request.query.empty() ? "none" : "there is one"},
                         {"spellings", outcome.tried},
                         {"tokens", tokens.secrets.size()}});
  if (outcome.wait) {
    return shared_->reject(source, to_reject(verdict.check),
                           {429, 20429,
                            "X-Twilio-Signature: does not fit, and too many like this have come from this address; it "
                            "must wait (guesses-max)",
                            outcome.wait},
                           subject);
  }
  return shared_->reject(source, to_reject(verdict.check), forbidden(sentence_of(verdict.check)), subject);
}

// The workspace that a form names, if it is there. What a request without a right signature says of itself is enough
// here: if it was a right one whose token nobody entered, it names its own workspace, and if it was not, nothing is
// lost. Workspaces that are not there would fill the ledger with whatever somebody makes up.
std::optional<store::LedgerSubject> Webhooks::known_subject(const model::Account& account,
                                                            const http::Parameters& form) const {
  const auto workspace = model::WorkspaceSid::parse(webhook::find_parameter(form, "WorkspaceSid"));
  if (!workspace || !parts_.registry.find_workspace(account.number, *workspace)) return std::nullopt;
  return store::LedgerSubject{account.number, *workspace};
}

ApiError Webhooks::Shared::reject(const Source& source, WebhookReject reason, ApiError error,
                                  const std::optional<store::LedgerSubject>& subject) {
  if (!source.is_trial) rejects.count(reason);
  // The log has counted what it did not take.
  if (!source.is_trial && reason != WebhookReject::kNotStored) log.count_refused(log_road(source.road), 1);
  logger.warning("a webhook was refused",
                 {{"request", source.request_id},
                  {"reason", std::string(to_text(reason))},
                  {"road", source.road == store::FeedRoad::kCallback ? "taskrouter" : "event-streams"},
                  {"from", source.peer_address},
                  {"status", error.status},
                  {"problem", without_quoted(error.message)}});
  if (observer != nullptr && !source.is_trial) {
    observer->refused(subject, source.arrived, std::string(to_text(reason)));
  }
  return error;
}

void Webhooks::Shared::note_kept(const Source& source, std::size_t elements,
                                 const std::optional<store::LedgerSubject>& subject) {
  if (source.is_trial) return;
  for (std::size_t i = 0; i < elements; ++i) rejects.count(WebhookReject::kBadEvent);
  log.count_refused(log_road(source.road), elements);
  if (observer != nullptr) observer->refused(subject, source.arrived, std::string(to_text(WebhookReject::kBadEvent)));
}

// What a rightly signed form tells that can be no event is kept aside, and acknowledged: it would be no better next
// time.
ApiResult<std::optional<store::Unit>> Webhooks::keep_callback(const Context& context, const Source& source,
                                                              const model::Account& account,
                                                              const http::Parameters& form,
                                                              const std::string& problem) const {
  KeptElement element;
  element.event_id = webhook::find_parameter(form, "Sid");
  store::Reject& reject = element.reject;
  reject.account = account.number;
  reject.workspace_text = webhook::find_parameter(form, "WorkspaceSid");
  reject.road = store::RejectRoad::kCallback;
  reject.form = store::RejectForm::kForm;
  reject.arrived = source.arrived;
  reject.origin = source.peer_address;
  reject.problem = problem;
  reject.body = context.request.body;
  const auto subject = known_subject(account, form);
  const auto kept = keep_aside({parts_.rejects, parts_.logger, source.request_id, 204}, {&element, 1});
  if (!kept) {
    shared_->log.count_refused(eventlog::Road::kCallback, 1);
    return shared_->reject(source, WebhookReject::kNotStored, to_api_error(kept.error()), subject);
  }
  shared_->note_kept(source, 1, subject);
  return std::optional<store::Unit>();
}

ApiResult<std::optional<store::Unit>> Webhooks::read_callback(const Context& context, Source& source,
                                                              StoredCallback& callback) const {
  const std::string type = media_type(context.request);
  if (type != "application/x-www-form-urlencoded") {
    return shared_->reject(
        source, WebhookReject::kBadBody,
        {415, 20415, "Content-Type: " + base::quoted_for_message(type) + " is not application/x-www-form-urlencoded"});
  }
  const auto form = webhook::split_form(context.request.body);
  if (!form) return shared_->reject(source, WebhookReject::kBadBody, to_api_error(form.error()));
  callback.account_sid = webhook::find_parameter(*form, "AccountSid");
  const auto account = parts_.access.find_account(callback.account_sid);
  if (!account) {
    return shared_->reject(
        source, WebhookReject::kUnknownAccount,
        forbidden("AccountSid: " + base::quoted_for_message(callback.account_sid) + " is no account of this server"));
  }
  webhook::SignedRequest request = webhook::signed_request(context.request);
  request.url = url_of(context);
  request.is_form = true;
  request.suffix = webhook::form_suffix(*form);
  TRY(check(context, request, tokens_of(account), source, known_subject(*account, *form)));
  const auto keep = [&](const std::string& problem) {
    return keep_callback(context, source, *account, *form, problem);
  };
  if (const auto checked = webhook::check_form(*form); !checked) return keep(checked.error().message());
  const std::string workspace_text(webhook::find_parameter(*form, "WorkspaceSid"));
  const auto workspace = model::WorkspaceSid::parse(workspace_text);
  if (!workspace) return keep("WorkspaceSid: " + workspace.error().message());
  const codec::Arrival arrival =
      arrival_of(parts_.registry, *account, callback.account_sid, *workspace, workspace_text);
  auto event = webhook::decode_callback(*form, arrival, limits_);
  if (!event) return keep(event.error().message());
  if (parts_.listener != nullptr) {
    callback.event_sid = event->sid.to_text();
    callback.resource_sid = webhook::find_parameter(*form, "ResourceSid");
    callback.form = context.request.body;
  }
  store::Unit unit{account->number, *workspace, arrival.workspace_sid, context.now, {}};
  unit.events.push_back(*std::move(event));
  return std::optional(std::move(unit));
}

void Webhooks::taskrouter(const Context& context, http::Reply reply) const {
  take_callback(context, std::move(reply), Depth::kUsual);
}

void Webhooks::take_callback(const Context& context, http::Reply reply, Depth depth) const {
  Source source = source_of(context, store::FeedRoad::kCallback, depth);
  StoredCallback callback;
  auto read = read_callback(context, source, callback);
  if (source.needs_search) {
    return signatures_->search_later(context, std::move(reply), [this](const Context& c, http::Reply r) {
      take_callback(c, std::move(r), Depth::kSearch);
    });
  }
  if (!read) return reply.send(error_response(read.error()));
  std::optional<store::Unit> unit = *std::move(read);
  if (!unit) return reply.send(no_content());
  const store::LedgerSubject subject{unit->account, unit->workspace};
  // The log's callback must be copyable; a reply is not.
  auto waiting = std::make_shared<std::pair<http::Reply, StoredCallback>>(std::move(reply), std::move(callback));
  parts_.log.append(
      *std::move(unit),
      [shared = shared_, waiting, subject, source](const base::Result<store::UnitOutcome>& outcome) {
        if (!outcome) {
          waiting->first.send(error_response(
              shared->reject(source, WebhookReject::kNotStored, to_api_error(outcome.error()), subject)));
          return;
        }
        if (shared->observer != nullptr) shared->observer->received(subject, source.road, source.arrived, 1);
        waiting->first.send(no_content());
        if (shared->listener != nullptr) shared->listener->stored(std::move(waiting->second));
      },
      eventlog::Road::kCallback);
}

// What says of itself that it is of an account that is there, and that may be of whoever signed, is kept as its own.
void Webhooks::note_bad(const Source& source, const std::string& owner, const webhook::BadElement& bad,
                        Batch& batch) const {
  batch.kept.push_back(kept_element(source.arrived, source.peer_address, bad.index, bad.id, bad.text));
  store::Reject& reject = batch.kept.back().reject;
  const auto account = parts_.access.find_account(owner.empty() ? bad.account_sid : owner);
  if (account) reject.account = account->number;
  reject.workspace_text = bad.workspace_sid;
  reject.problem = bad.problem;
}

// What of a batch can be no event is kept aside before the batch is acknowledged.
void Webhooks::keep_elements(const Source& source, Batch& batch) const {
  if (batch.kept.empty()) return;
  const auto kept = keep_aside({parts_.rejects, parts_.logger, source.request_id, 200}, batch.kept);
  if (kept) return shared_->note_kept(source, batch.kept.size(), std::nullopt);
  shared_->log.count_refused(eventlog::Road::kEventStream, batch.kept.size());
  shared_->reject(source, WebhookReject::kNotStored, to_api_error(kept.error()));
  const base::MutexLock lock(batch.mutex);
  batch.failure = kept.error();
}

// Puts an event of a batch with the others of its workspace.
void Webhooks::place(const Source& source, const std::string& owner, const webhook::StreamEvent& told,
                     Batch& batch) const {
  const std::string& account_text = told.account_sid.empty() ? owner : told.account_sid;
  const auto keep = [&](std::optional<model::AccountNumber> account, std::string problem) {
    batch.kept.push_back(kept_element(source.arrived, source.peer_address, told.index, told.id, told.text));
    store::Reject& reject = batch.kept.back().reject;
    reject.account = account;
    reject.workspace_text = told.workspace_sid;
    reject.problem = std::move(problem);
  };
  if (account_text.empty()) return keep(std::nullopt, "data.account_sid: is missing");
  const auto account = parts_.access.find_account(account_text);
  const bool is_owned = owner.empty() || base::equals_ignoring_case(owner, account_text);
  if (!account || !is_owned) {
    if (!source.is_trial) shared_->rejects.count(WebhookReject::kUnknownAccount);
    if (!source.is_trial) shared_->log.count_refused(eventlog::Road::kEventStream, 1);
    if (batch.unknown_account.empty()) batch.unknown_account = told.account_sid;
    return;
  }
  const auto workspace = model::WorkspaceSid::parse(told.workspace_sid);
  if (!workspace) {
    return keep(account->number, "data.payload.workspace_sid: " + workspace.error().message());
  }
  const codec::Arrival arrival = arrival_of(parts_.registry, *account, account_text, *workspace, told.workspace_sid);
  auto event = told.event.build(arrival, limits_);
  if (!event) return keep(account->number, event.error().message());
  const auto key = std::pair(account->number, *workspace);
  auto at = batch.units.find(key);
  if (at == batch.units.end()) {
    store::Unit unit{account->number, *workspace, arrival.workspace_sid, source.arrived, {}};
    at = batch.units.emplace(key, std::move(unit)).first;
  }
  at->second.events.push_back(*std::move(event));
}

ApiResult<std::shared_ptr<Webhooks::Batch>> Webhooks::read_stream(const Context& context, Source& source) const {
  const std::string type = media_type(context.request);
  if (type != "application/json" && type != "application/cloudevents+json" &&
      type != "application/cloudevents-batch+json") {
    return shared_->reject(
        source, WebhookReject::kBadBody,
        {415, 20415, "Content-Type: " + base::quoted_for_message(type) + " is not application/json"});
  }
  webhook::SignedRequest request = webhook::signed_request(context.request);
  request.url = url_of(context);
  request.body = context.request.body;
  TRY_ASSIGN(const std::string owner, check(context, request, tokens_of(std::nullopt), source, std::nullopt));
  auto told = webhook::decode_stream(context.request.body, limits_);
  if (!told) return shared_->reject(source, WebhookReject::kBadBody, to_api_error(told.error()));
  auto batch = std::make_shared<Batch>();
  batch->others = told->others;
  shared_->other_cloud_events.fetch_add(told->others, std::memory_order_relaxed);
  for (const webhook::BadElement& bad : told->bad) note_bad(source, owner, bad, *batch);
  for (const webhook::StreamEvent& event : told->events) place(source, owner, event, *batch);
  keep_elements(source, *batch);
  if (!batch->unknown_account.empty() && shared_->observer != nullptr && !source.is_trial) {
    shared_->observer->refused(std::nullopt, source.arrived, std::string(to_text(WebhookReject::kUnknownAccount)));
  }
  return batch;
}

void Webhooks::event_streams(const Context& context, http::Reply reply) const {
  take_stream(context, std::move(reply), Depth::kUsual);
}

void Webhooks::take_stream(const Context& context, http::Reply reply, Depth depth) const {
  Source source = source_of(context, store::FeedRoad::kEventStream, depth);
  auto read = read_stream(context, source);
  if (source.needs_search) {
    return signatures_->search_later(context, std::move(reply), [this](const Context& c, http::Reply r) {
      take_stream(c, std::move(r), Depth::kSearch);
    });
  }
  if (!read) return reply.send(error_response(read.error()));
  const std::shared_ptr<Batch> batch = *std::move(read);
  {
    const base::MutexLock lock(batch->mutex);
    batch->reply = std::move(reply);
    batch->pending = batch->units.size() + 1;
  }
  for (auto& [key, unit] : batch->units) {
    const store::LedgerSubject subject{key.first, key.second};
    parts_.log.append(
        std::move(unit),
        [shared = shared_, batch, subject, source](const base::Result<store::UnitOutcome>& outcome) {
          shared->settle(*batch, subject, source, outcome);
        },
        eventlog::Road::kEventStream);
  }
  // This function's own share, so that a batch without events is answered too.
  shared_->settle(*batch, {{}, model::WorkspaceSid(model::SidBytes{})}, source, store::UnitOutcome());
}

void Webhooks::Shared::settle(Batch& batch, const store::LedgerSubject& subject, const Source& source,
                              const base::Result<store::UnitOutcome>& outcome) {
  if (!outcome) {
    reject(source, WebhookReject::kNotStored, to_api_error(outcome.error()), subject);
  } else if (observer != nullptr) {
    const std::uint64_t events = outcome->accepted + outcome->duplicates + outcome->variants + outcome->dropped;
    if (events > 0) observer->received(subject, source.road, source.arrived, events);
  }
  auto answer = answer_of(batch, outcome);
  if (answer) answer->first.send(std::move(answer->second));
}

// The reply and the answer to it, once nothing of the batch is under way any more.
std::optional<std::pair<http::Reply, http::Response>> Webhooks::Shared::answer_of(
    Batch& batch, const base::Result<store::UnitOutcome>& outcome) {
  const base::MutexLock lock(batch.mutex);
  if (outcome) {
    batch.sum.accepted += outcome->accepted;
    batch.sum.duplicates += outcome->duplicates;
    batch.sum.variants += outcome->variants;
    batch.sum.dropped += outcome->dropped;
  } else if (!batch.failure) {
    batch.failure = outcome.error();
  }
  if (--batch.pending > 0) return std::nullopt;
  http::Reply reply = *std::exchange(batch.reply, std::nullopt);
  if (batch.failure) return std::pair(std::move(reply), error_response(to_api_error(*batch.failure)));
  if (batch.unknown_account.empty()) {
    return std::pair(std::move(reply), response_of(batch.sum, batch.others, batch.kept));
  }
  return std::pair(std::move(reply),
                   error_response(forbidden("data.account_sid: " + base::quoted_for_message(batch.unknown_account) +
                                            " is no account of this server, or not the one that signed; the others "
                                            "are stored")));
}

std::vector<std::pair<std::string, std::uint64_t>> Webhooks::rejects() const {
  std::vector<std::pair<std::string, std::uint64_t>> out;
  for (const WebhookReject reject : kAllRejects) out.emplace_back(to_text(reject), shared_->rejects.of(reject));
  return out;
}

ApiResult<http::Response> Webhooks::counts() const {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("rejects").begin_object();
  for (const auto& [reason, count] : rejects()) out.key(reason).number(static_cast<std::int64_t>(count));
  out.end_object().key("other_cloud_events").number(static_cast<std::int64_t>(shared_->other_cloud_events.load()));
  out.end_object();
  return json_response(200, std::move(body));
}

}  // namespace waybill::api
