#include "api/event_intake.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/strings.h"
#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "codec/json_writer.h"

namespace waybill::api {
namespace {

ApiError unsupported_type(std::string_view type) {
  return {
      415, 20415,
      "Content-Type: " + base::quoted_for_message(type) +
          " is none of application/json (an event or an array of events) and application/x-ndjson (an event a line)"};
}

ApiResult<codec::BatchForm> batch_form(const http::Request& request) {
  if (const auto encoding = request.header("Content-Encoding"); encoding && *encoding != "identity") {
    return ApiError{
        415, 20415,
        "Content-Encoding: " + base::quoted_for_message(*encoding) + " is not supported; send the body as it is"};
  }
  const std::string_view header = request.header("Content-Type").value_or("");
  const std::string type = base::to_lower(base::trim(base::split(header, ';').front()));
  if (type == "application/json") return codec::BatchForm::kJson;
  if (type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl") {
    return codec::BatchForm::kNdjson;
  }
  return unsupported_type(header);
}

// How many events a body has that may be no JSON: the elements of an array, else the lines that are not blank; one at
// least.
std::size_t count_roughly(std::string_view body) {
  const std::string_view text = base::trim(body);
  if (text.starts_with('[') && text.ends_with(']')) return codec::rough_elements(text).size();
  const auto lines = base::split(text, '\n');
  const auto filled =
      std::count_if(lines.begin(), lines.end(), [](std::string_view line) { return !base::trim(line).empty(); });
  return std::max<std::size_t>(1, text.starts_with('{') ? static_cast<std::size_t>(filled) : 1);
}

http::Response counted(const store::UnitOutcome& outcome, const std::vector<std::string>& new_sids) {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  out.key("accepted").number(outcome.accepted);
  out.key("duplicates").number(outcome.duplicates);
  out.key("variants").number(outcome.variants);
  out.key("dropped").number(outcome.dropped);
  out.key("new_sids").begin_array();
  for (const std::string& sid : new_sids) out.text(sid);
  out.end_array().end_object();
  return json_response(201, std::move(body));
}

}  // namespace

// A body that has been read: what goes into the log, and the sids that were given to events without one.
struct EventIntake::Accepted {
  store::Unit unit;
  std::vector<std::string> new_sids;
};

ApiResult<EventIntake::Accepted> EventIntake::read(const Context& context) const {
  const std::string& text = context.path.find("WorkspaceSid")->second;
  const auto sid = model::WorkspaceSid::parse(text);
  if (!sid) return resource_not_found(context.request.path);
  TRY_ASSIGN(const codec::BatchForm form, batch_form(context.request));
  // A workspace that is there keeps the spelling it was first written with.
  const auto known = registry_.find_workspace(context.account->number, *sid);
  std::vector<std::string> new_sids;
  const codec::Arrival arrival{context.account->sid.to_text(), known ? known->sid_text : text, [&] {
                                 const model::EventSid made(random_.bytes<sizeof(model::SidBytes)>());
                                 new_sids.push_back(made.to_text());
                                 return made;
                               }};
  auto events = codec::decode_batch(context.request.body, form, arrival, limits_);
  if (!events) return to_api_error(events.error());
  return Accepted{{context.account->number, *sid, arrival.workspace_sid, context.now, *std::move(events)},
                  std::move(new_sids)};
}

// A message names members, places and rules; what stands in an event's attributes is in none.
void EventIntake::note_refused(const Context& context, const ApiError& error) const {
  const std::size_t events = count_roughly(context.request.body);
  log_.count_refused(eventlog::Road::kPost, events);
  logger_.warning("a batch of events was refused", {{"request", context.request.id},
                                                    {"workspace", context.path.find("WorkspaceSid")->second},
                                                    {"reason", error.message},
                                                    {"events", std::to_string(events)},
                                                    {"status", std::to_string(error.status)}});
}

void EventIntake::post(const Context& context, http::Reply reply) const {
  auto accepted = read(context);
  if (!accepted) {
    note_refused(context, accepted.error());
    reply.send(error_response(accepted.error()));
    return;
  }
  // The log's callback must be copyable; a reply is not.
  auto shared_reply = std::make_shared<http::Reply>(std::move(reply));
  log_.append(std::move(accepted->unit), [shared_reply, new_sids = std::move(accepted->new_sids)](
                                             const base::Result<store::UnitOutcome>& outcome) {
    shared_reply->send(outcome ? counted(*outcome, new_sids) : error_response(to_api_error(outcome.error())));
  });
}

}  // namespace waybill::api
