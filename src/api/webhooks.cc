#include "api/webhooks.h"

#include <cstdint>
#include <utility>

#include "api/webhook_flow.h"
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

http::Response no_content() { return {204, {{"Content-Type", "application/json"}}, ""}; }

}  // namespace

eventlog::Road log_road(store::FeedRoad road) {
  return road == store::FeedRoad::kCallback ? eventlog::Road::kCallback : eventlog::Road::kEventStream;
}

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
          signatures_->network_of(context),
          context.now,
          parts_.access.is_administrator(context.request),
          depth};
}

ApiResult<std::string> Webhooks::check(const Context& context, const webhook::SignedRequest& request,
                                       const SigningTokens& tokens, Source& source, const NamedSubject& subject) const {
  if (settings_.allow_unsigned) return std::string();
  const WebhookSignatures::Outcome outcome = signatures_->check(context, request, tokens.secrets, source.depth);
  const webhook::Verdict& verdict = outcome.verdict;
  if (verdict.check == webhook::SignatureCheck::kMatches) return tokens.owners[verdict.token];
  source.needs_search = outcome.needs_search;
  if (source.needs_search) return forbidden(sentence_of(verdict.check));
  source.look = SignatureLook{context.public_base + path_for_message(context.request.path),
                              !context.request.query.empty(), outcome.tried, tokens.secrets.size()};
  ApiError error = forbidden(sentence_of(verdict.check));
  if (outcome.wait) {
    error = {429, 20429,
             "X-Twilio-Signature: does not fit, and too many like this have come from this address; it must wait "
             "(guesses-max)",
             outcome.wait};
  }
  const WebhookReject reason = to_reject(verdict.check);
  // Whoever has signed somehow may be the service behind a proxy that changes what it passes on.
  return shared_->reject(source, reason, std::move(error),
                         reason == WebhookReject::kNoSignature ? std::nullopt : subject());
}

// The workspace that a form names, if it is there. What a request with a wrong signature says of itself is enough here:
// if it was a right one whose token nobody entered, it names its own workspace, and if it was not, nothing is lost.
std::optional<store::LedgerSubject> Webhooks::known_subject(const model::Account& account,
                                                            const std::string& workspace_text) const {
  const auto workspace = model::WorkspaceSid::parse(workspace_text);
  if (!workspace || !parts_.registry.find_workspace(account.number, *workspace)) return std::nullopt;
  return store::LedgerSubject{account.number, *workspace};
}

void Webhooks::Shared::write_line(const Source& source, WebhookReject reason, const ApiError& error) {
  RefusalLines::Verdict line{true, 0};
  if (!source.is_trial) line = lines.admit(source.network, clock.steady_now());
  if (!line.write) return;
  const std::string reason_text(to_text(reason));
  const char* road = source.road == store::FeedRoad::kCallback ? "taskrouter" : "event-streams";
  const std::string problem = without_quoted(error.message);
  if (!source.look) {
    return logger.warning("webhook refused", {{"request", source.request_id},
                                              {"reason", reason_text},
                                              {"road", road},
                                              {"from", source.peer_address},
                                              {"status", error.status},
                                              {"problem", problem},
                                              {"left_out", line.left_out}});
  }
  logger.warning("webhook refused", {{"request", source.request_id},
                                     {"reason", reason_text},
                                     {"road", road},
                                     {"from", source.peer_address},
                                     {"status", error.status},
                                     {"problem", problem},
                                     {"url", source.look->url},
                                     {"query", source.look->has_query ? "there is one" : "none"},
                                     {"spellings", source.look->spellings},
                                     {"tokens", source.look->tokens},
                                     {"left_out", line.left_out}});
}

ApiError Webhooks::Shared::reject(const Source& source, WebhookReject reason, ApiError error,
                                  const std::optional<store::LedgerSubject>& subject) {
  if (!source.is_trial) rejects.count(reason);
  // The log has counted what it did not take.
  if (!source.is_trial && reason != WebhookReject::kNotStored) log.count_refused(log_road(source.road), 1);
  write_line(source, reason, error);
  if (observer != nullptr && !source.is_trial) {
    observer->refused(subject, source.arrived, std::string(to_text(reason)));
  }
  return error;
}

ApiResult<Webhooks::Callback> Webhooks::read_callback(const Context& context, Source& source) const {
  const std::string type = media_type(context.request);
  if (type != "application/x-www-form-urlencoded") {
    return shared_->reject(
        source, WebhookReject::kBadBody,
        {415, 20415, "Content-Type: " + base::quoted_for_message(type) + " is not application/x-www-form-urlencoded"});
  }
  const auto form = webhook::split_form(context.request.body);
  if (!form) return shared_->reject(source, WebhookReject::kBadBody, to_api_error(form.error()));
  Callback callback;
  callback.told.account_sid = webhook::find_parameter(*form, "AccountSid");
  const auto account = parts_.access.find_account(callback.told.account_sid);
  if (!account) {
    return shared_->reject(source, WebhookReject::kUnknownAccount,
                           forbidden("AccountSid: " + base::quoted_for_message(callback.told.account_sid) +
                                     " is no account of this server"));
  }
  const std::string workspace_text(webhook::find_parameter(*form, "WorkspaceSid"));
  callback.subject = known_subject(*account, workspace_text);
  webhook::SignedRequest request = webhook::signed_request(context.request);
  request.url = url_of(context);
  request.is_form = true;
  request.suffix = webhook::form_suffix(*form);
  TRY(check(context, request, tokens_of(settings_.tokens, {*account}), source, [&] { return callback.subject; }));
  const auto keep = [&](const std::string& problem) {
    callback.kept = kept_form(source, *account, *form, problem);
    callback.kept.reject.body = context.request.body;
    return std::move(callback);
  };
  if (const auto checked = webhook::check_form(*form); !checked) return keep(checked.error().message());
  const auto workspace = model::WorkspaceSid::parse(workspace_text);
  if (!workspace) return keep("WorkspaceSid: " + workspace.error().message());
  const codec::Arrival arrival =
      arrival_of(parts_.registry, *account, callback.told.account_sid, *workspace, workspace_text);
  auto event = webhook::decode_callback(*form, arrival, limits_);
  if (!event) return keep(event.error().message());
  if (parts_.listener != nullptr) {
    callback.told.event_sid = event->sid.to_text();
    callback.told.resource_sid = webhook::find_parameter(*form, "ResourceSid");
    callback.told.form = context.request.body;
  }
  callback.unit = store::Unit{account->number, *workspace, arrival.workspace_sid, context.now, {}};
  callback.unit->events.push_back(*std::move(event));
  return callback;
}

void Webhooks::taskrouter(const Context& context, http::Reply reply) const {
  take_callback(context, std::move(reply), Depth::kUsual);
}

void Webhooks::take_callback(const Context& context, http::Reply reply, Depth depth) const {
  Source source = source_of(context, store::FeedRoad::kCallback, depth);
  auto read = read_callback(context, source);
  if (source.needs_search) {
    return signatures_->search_later(context, std::move(reply), [this](const Context& c, http::Reply r) {
      take_callback(c, std::move(r), Depth::kSearch);
    });
  }
  if (!read) return reply.send(error_response(read.error()));
  if (!read->unit) return keep_callback(source, *std::move(read), std::move(reply));
  store_callback(source, *std::move(read), std::move(reply));
}

void Webhooks::store_callback(const Source& source, Callback callback, http::Reply reply) const {
  const store::LedgerSubject subject{callback.unit->account, callback.unit->workspace};
  // The log's callback must be copyable; a reply is not.
  auto waiting = std::make_shared<std::pair<http::Reply, StoredCallback>>(std::move(reply), std::move(callback.told));
  parts_.log.append(
      *std::move(callback.unit),
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
  const auto signers = possible_signers(parts_.access, context.request.query, context.request.body);
  const auto subject = [&] { return named_workspace(parts_.registry, signers, context.request.body); };
  TRY_ASSIGN(const std::string owner, check(context, request, tokens_of(settings_.tokens, signers), source, subject));
  auto told = webhook::decode_stream(context.request.body, limits_);
  if (!told) return shared_->reject(source, WebhookReject::kBadBody, to_api_error(told.error()), subject());
  auto batch = std::make_shared<Batch>();
  batch->others = told->others;
  shared_->other_cloud_events.fetch_add(told->others, std::memory_order_relaxed);
  for (const webhook::BadElement& bad : told->bad) note_bad(source, owner, bad, *batch);
  for (const webhook::StreamEvent& event : told->events) place(source, owner, event, *batch);
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
  // The batch's own share, so that one without events is answered too.
  if (!batch->kept.empty()) return keep_elements(source, batch);
  shared_->settle(*batch, std::nullopt, source, store::UnitOutcome());
}

void Webhooks::Shared::settle(Batch& batch, const std::optional<store::LedgerSubject>& subject, const Source& source,
                              const base::Result<store::UnitOutcome>& outcome) {
  if (!outcome) {
    reject(source, WebhookReject::kNotStored, to_api_error(outcome.error()), subject);
  } else if (observer != nullptr) {
    const std::uint64_t events = outcome->accepted + outcome->duplicates + outcome->variants + outcome->dropped;
    if (subject && events > 0) observer->received(*subject, source.road, source.arrived, events);
  }
  auto answer = answer_of(batch, outcome);
  if (answer) answer->first.send(std::move(answer->second));
}

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
