#include "api/forwarding.h"

#include <utility>
#include <vector>

#include "api/form_body.h"
#include "api/form_place.h"
#include "api/page_token.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"
#include "codec/record.h"
#include "http/url.h"
#include "webhook/event_form.h"

namespace waybill::api {
namespace {

constexpr std::int64_t kDeadListedMax = 1000;
constexpr std::int64_t kDeadListedDefault = 100;
constexpr std::uint32_t kReplayedAtOnce = 200;

void write_receiver(codec::JsonWriter& out, const relay::ReceiverStatus& receiver) {
  out.begin_object();
  out.member("url", receiver.url);
  out.key("configured").boolean(receiver.is_configured);
  out.key("queued").number(static_cast<std::int64_t>(receiver.queued));
  out.key("queued_bytes").number(static_cast<std::int64_t>(receiver.queued_bytes));
  out.key("on_their_way").number(static_cast<std::int64_t>(receiver.on_their_way));
  out.key("oldest");
  receiver.oldest ? out.text(base::to_millisecond_text(*receiver.oldest)) : out.null();
  out.key("dead_letters").number(receiver.dead);
  out.key("delivered").number(static_cast<std::int64_t>(receiver.delivered));
  out.key("failures").number(static_cast<std::int64_t>(receiver.failures));
  out.key("problem");
  receiver.problem.empty() ? out.null() : out.text(receiver.problem);
  out.end_object();
}

void write_dead_letter(codec::JsonWriter& out, const relay::DeadLetter& letter) {
  out.begin_object();
  out.key("number").number(letter.number);
  out.member("receiver", letter.receiver);
  out.member("account_sid", letter.callback.account_sid);
  out.member("event_sid", letter.callback.event_sid);
  out.member("resource_sid", letter.callback.resource_sid);
  out.member("date_queued", base::to_millisecond_text(letter.queued));
  out.key("attempts").number(letter.attempts);
  out.member("date_died", base::to_millisecond_text(letter.died));
  out.member("reason", letter.reason);
  out.end_object();
}

http::Response counted(std::size_t count) {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("count").number(static_cast<std::int64_t>(count)).end_object();
  return json_response(200, std::move(body));
}

ApiResult<relay::DeadFilter> parse_filter(const QueryParams& params) {
  relay::DeadFilter filter{params.text("Receiver").value_or(""), {}};
  const std::string numbers = params.text("Numbers").value_or("");
  if (numbers.empty()) return filter;
  for (const std::string_view piece : base::split(numbers, ',')) {
    const auto number = base::parse_int(base::trim(piece));
    if (!number || *number < 1) {
      return invalid_parameter("Numbers: " + base::quoted_for_message(piece) + " is no number of a dead letter");
    }
    filter.numbers.push_back(*number);
  }
  return filter;
}

ApiResult<relay::DeadFilter> filter_of_form(const Context& context) {
  TRY_ASSIGN(const QueryParams params, parse_form_body(context.request, {"Receiver", "Numbers"}));
  return parse_filter(params);
}

ApiResult<std::optional<base::TimeSpan>> time_of(const QueryParams& params, const char* name) {
  const auto text = params.text(name);
  if (!text) return std::optional<base::TimeSpan>();
  const auto span = base::parse_time(*text);
  if (!span) {
    return invalid_parameter(std::string(name) + ": " + base::quoted_for_message(*text) + ": " +
                             span.error().message());
  }
  return std::optional(*span);
}

// The callback that would have brought a stored event. `checker` lends its memory.
base::Result<relay::Callback> callback_of(const model::FoundEvent& event, const std::string& account_sid,
                                          codec::JsonChecker& checker) {
  std::string json;
  // A callback has no URLs.
  TRY(codec::append_shown(json, event.record, "", codec::TaskAttributes::kShown));
  TRY_ASSIGN(const codec::CheckedJson checked_json, checker.check(json, codec::kStoredNestingMax));
  TRY_ASSIGN(const auto form, webhook::form_of_event(checked_json));
  relay::Callback callback{account_sid, "", "", http::encode_form(form)};
  for (const auto& [name, value] : form) {
    if (name == "Sid") callback.event_sid = value;
    if (name == "ResourceSid") callback.resource_sid = value;
  }
  return callback;
}

}  // namespace

// What of whose events is replayed, and to whom.
struct Forwarding::Span {
  std::string account_sid;
  model::EventQuery query;
  std::string receiver;
  std::string binding;  // of the mark where a part ended
};

ApiResult<relay::Relay*> Forwarding::relay() const {
  if (relay_ != nullptr) return relay_;
  return ApiError{404, 20404, "this server forwards nothing: it was started without --forward"};
}

ApiResult<http::Response> Forwarding::list() const {
  TRY_ASSIGN(relay::Relay* const relay, this->relay());
  TRY_ASSIGN(const relay::RelayStatus status, checked(relay->status()));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("receivers").begin_array();
  for (const relay::ReceiverStatus& receiver : status.receivers) write_receiver(out, receiver);
  out.end_array();
  out.key("lost").number(static_cast<std::int64_t>(status.lost));
  out.key("stopped");
  status.stopped.empty() ? out.null() : out.text(status.stopped);
  out.end_object();
  return json_response(200, std::move(body));
}

ApiResult<http::Response> Forwarding::list_dead(const Context& context) const {
  TRY_ASSIGN(relay::Relay* const relay, this->relay());
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(context.request.query, {"Receiver", "Limit"}));
  TRY_ASSIGN(const auto limit, params.number("Limit", 1, kDeadListedMax));
  TRY_ASSIGN(const auto letters, checked(relay->dead({params.text("Receiver").value_or(""), {}},
                                                     static_cast<std::size_t>(limit.value_or(kDeadListedDefault)))));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("dead_letters").begin_array();
  for (const relay::DeadLetter& letter : letters) write_dead_letter(out, letter);
  out.end_array().end_object();
  return json_response(200, std::move(body));
}

ApiResult<http::Response> Forwarding::retry(const Context& context) const {
  TRY_ASSIGN(relay::Relay* const relay, this->relay());
  TRY_ASSIGN(const relay::DeadFilter filter, filter_of_form(context));
  TRY_ASSIGN(const std::size_t count, checked(relay->revive(filter)));
  return counted(count);
}

ApiResult<http::Response> Forwarding::drop_dead(const Context& context) const {
  TRY_ASSIGN(relay::Relay* const relay, this->relay());
  TRY_ASSIGN(const relay::DeadFilter filter, filter_of_form(context));
  TRY_ASSIGN(const std::size_t count, checked(relay->drop_dead(filter)));
  return counted(count);
}

ApiResult<http::Response> Forwarding::drop_queued(const Context& context) const {
  TRY_ASSIGN(relay::Relay* const relay, this->relay());
  TRY_ASSIGN(const QueryParams params, parse_form_body(context.request, {"Receiver"}));
  const auto receiver = params.text("Receiver");
  if (!receiver) return invalid_parameter("Receiver: is missing");
  TRY_ASSIGN(const std::size_t count, checked(relay->drop_queued(*receiver)));
  return counted(count);
}

ApiResult<Forwarding::Span> Forwarding::span_of(const QueryParams& params, base::WallTime now) const {
  TRY_ASSIGN(const NamedWorkspace place, place_of_form(params, store_));
  Span span;
  span.query.workspace = place.workspace.number;
  span.query.limit = kReplayedAtOnce;
  TRY_ASSIGN(const auto from, time_of(params, "From"));
  if (!from) return invalid_parameter("From: is missing");
  TRY_ASSIGN(const auto to, time_of(params, "To"));
  span.query.from = from->first;
  span.query.to = to ? to->last : now;
  if (span.query.from > span.query.to) return invalid_parameter("From: is later than To");
  span.receiver = params.text("Receiver").value_or("");
  span.account_sid = place.account.sid.to_text();
  span.binding = "replay|" + span.account_sid + "|" + place.workspace.sid.to_text() + "|" + span.receiver;
  const auto after = params.text("After");
  if (!after) return span;
  const store::StoreIdentity& identity = store_.identity();
  const auto mark = decode_page_token(*after, identity.token_secret, span.binding);
  if (!mark || mark->incarnation != identity.incarnation) {
    return invalid_parameter("After: is not the `after` of a replay of this span");
  }
  span.query.after = mark->key;
  span.query.horizon = mark->horizon;
  span.query.from = mark->from;
  span.query.to = mark->to;
  return span;
}

ApiResult<http::Response> Forwarding::replay(const Context& context) const {
  TRY_ASSIGN(relay::Relay* const relay, this->relay());
  TRY_ASSIGN(const QueryParams params,
             parse_form_body(context.request, {"AccountSid", "WorkspaceSid", "From", "To", "Receiver", "After"}));
  TRY_ASSIGN(const Span span, span_of(params, context.now));
  TRY_ASSIGN(const model::FoundPage page, checked(store_.list(span.query)));
  std::vector<relay::Callback> callbacks;
  codec::JsonChecker checker;
  for (const model::FoundEvent& event : page.events) {
    TRY_ASSIGN(relay::Callback callback, checked(callback_of(event, span.account_sid, checker)));
    callbacks.push_back(std::move(callback));
  }
  TRY(checked(relay->enqueue(std::move(callbacks), span.receiver)));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("queued").number(static_cast<std::int64_t>(page.events.size())).key("after");
  if (page.more) {
    const store::StoreIdentity& identity = store_.identity();
    out.text(encode_page_token(
        {PageSide::kAfter, page.events.back().key, page.horizon, span.query.from, span.query.to, identity.incarnation},
        identity.token_secret, span.binding));
  } else {
    out.null();
  }
  out.end_object();
  return json_response(200, std::move(body));
}

}  // namespace waybill::api
