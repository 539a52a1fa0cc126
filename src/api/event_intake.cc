#include "api/event_intake.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/query_params.h"
#include "api/reject_keeping.h"
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
  if (const auto encoding = request.header("Content-Encoding");
      encoding && !base::trim(*encoding).empty() && !base::equals_ignoring_case(base::trim(*encoding), "identity")) {
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

// What is said of an element in the answer: a message may quote it.
constexpr std::size_t kProblemBytesMax = 300;

// An element that is kept aside.
struct Refused {
  std::size_t index = 0;
  std::string problem;
};

// What is told of a body beside the counts.
struct Told {
  std::vector<std::string> new_sids;
  bool is_lenient = false;
  std::vector<Refused> refused;
};

http::Response counted(const store::UnitOutcome& outcome, const Told& told) {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  out.key("accepted").number(outcome.accepted);
  out.key("duplicates").number(outcome.duplicates);
  out.key("variants").number(outcome.variants);
  out.key("dropped").number(outcome.dropped);
  out.key("new_sids").begin_array();
  for (const std::string& sid : told.new_sids) out.text(sid);
  out.end_array();
  if (told.is_lenient) {
    out.key("rejected").number(static_cast<std::int64_t>(told.refused.size()));
    out.key("rejects").begin_array();
    for (const Refused& refused : told.refused) {
      out.begin_object().key("index").number(static_cast<std::int64_t>(refused.index));
      out.member("problem", base::printable(refused.problem.substr(0, kProblemBytesMax))).end_object();
    }
    out.end_array();
  }
  out.end_object();
  return json_response(201, std::move(body));
}

}  // namespace

// A body that has been read: what goes into the log, and what is told.
struct EventIntake::Accepted {
  store::Unit unit;
  std::vector<store::Reject> rejects;  // to be kept aside before the unit is stored
  Told told;
};

// How the body is to be read.
struct EventIntake::Asked {
  model::WorkspaceSid workspace;
  std::string workspace_text;
  codec::BatchForm form;
  codec::Rules rules;
  bool wants_sids;
};

ApiResult<EventIntake::Asked> EventIntake::asked(const Context& context) const {
  const std::string& text = context.path.find("WorkspaceSid")->second;
  const auto sid = model::WorkspaceSid::parse(text);
  if (!sid) return resource_not_found(context.request.path);
  TRY_ASSIGN(const codec::BatchForm form, batch_form(context.request));
  TRY_ASSIGN(const QueryParams params, QueryParams::parse(context.request.query, {"Unknown", "Sids"}));
  const auto unknown = params.text("Unknown");
  if (unknown && *unknown != "keep") {
    return invalid_parameter("Unknown: " + base::quoted_for_message(*unknown) + " is not keep");
  }
  const auto sids = params.text("Sids");
  if (sids && (*sids != "required" || !unknown)) {
    return invalid_parameter("Sids: " + base::quoted_for_message(*sids) +
                             " is not required, or Unknown=keep is missing");
  }
  // A workspace that is there keeps the spelling it was first written with.
  const auto known = parts_.registry.find_workspace(context.account->number, *sid);
  return Asked{*sid, known ? known->sid_text : text, form, unknown ? codec::Rules::kLenient : codec::Rules::kStrict,
               sids.has_value()};
}

// The events of a body, and what of it is none and is to be kept aside.
ApiResult<void> EventIntake::read_leniently(const Context& context, const Asked& asked, const codec::Arrival& arrival,
                                            Accepted& accepted) const {
  auto decoded = codec::decode_elements(context.request.body, asked.form, arrival, limits_);
  if (!decoded) return to_api_error(decoded.error());
  const std::string_view place = asked.form == codec::BatchForm::kJson ? "event " : "line ";
  for (codec::RefusedElement& element : decoded->refused) {
    accepted.told.refused.push_back({element.index, element.problem});
    store::Reject& reject = accepted.rejects.emplace_back();
    reject.account = context.account->number;
    reject.workspace_text = asked.workspace_text;
    reject.arrived = context.now;
    reject.place = std::string(place) + std::to_string(element.index);
    reject.problem = std::move(element.problem);
    reject.body = std::move(element.text);
  }
  parts_.log.note_unknown_members(decoded->unknown_members, decoded->unknown_count);
  accepted.unit.events = std::move(decoded->events);
  return {};
}

ApiResult<EventIntake::Accepted> EventIntake::read(const Context& context) const {
  TRY_ASSIGN(const Asked asked, this->asked(context));
  Accepted accepted{{context.account->number, asked.workspace, asked.workspace_text, context.now, {}}, {}, {}};
  accepted.told.is_lenient = asked.rules == codec::Rules::kLenient;
  codec::Arrival arrival{context.account->sid.to_text(), asked.workspace_text,
                         [&] {
                           const model::EventSid made(parts_.random.bytes<sizeof(model::SidBytes)>());
                           accepted.told.new_sids.push_back(made.to_text());
                           return made;
                         },
                         asked.rules};
  if (asked.wants_sids) arrival.new_event_sid = nullptr;
  if (accepted.told.is_lenient) {
    TRY(read_leniently(context, asked, arrival, accepted));
    return accepted;
  }
  auto events = codec::decode_batch(context.request.body, asked.form, arrival, limits_);
  if (!events) return to_api_error(events.error());
  accepted.unit.events = *std::move(events);
  return accepted;
}

struct EventIntake::Batch {
  std::string request_id;
  std::string workspace;
  std::size_t events = 0;
};

void EventIntake::note_refused(const Batch& batch, const ApiError& error) const {
  parts_.log.count_refused(eventlog::Road::kPost, batch.events);
  parts_.logger.warning("batch of events refused", {{"request", batch.request_id},
                                                    {"workspace", batch.workspace},
                                                    {"reason", without_quoted(error.message)},
                                                    {"events", batch.events},
                                                    {"status", error.status}});
}

void EventIntake::post(const Context& context, http::Reply reply) const {
  auto accepted = read(context);
  if (!accepted) {
    const std::string& workspace = context.path.find("WorkspaceSid")->second;
    note_refused({context.request.id, workspace, count_roughly(context.request.body)}, accepted.error());
    reply.send(error_response(accepted.error()));
    return;
  }
  if (!accepted->rejects.empty()) return keep_and_store(context, *std::move(accepted), std::move(reply));
  store(*std::move(accepted), std::move(reply));
}

// What can be no event is on disk before the others are stored. That waits for the disk, so it runs elsewhere.
void EventIntake::keep_and_store(const Context& context, Accepted accepted, http::Reply reply) const {
  const std::size_t events = accepted.rejects.size() + accepted.unit.events.size();
  const Batch batch{context.request.id, context.path.find("WorkspaceSid")->second, events};
  // A job must be copyable; a reply is not.
  auto waiting = std::make_shared<std::pair<Accepted, http::Reply>>(std::move(accepted), std::move(reply));
  const auto refuse = [this, batch, waiting](const base::Error& error) {
    note_refused(batch, to_api_error(error));
    waiting->second.send(error_response(to_api_error(error)));
  };
  const bool queued = parts_.run_later([this, waiting, refuse] {
    const auto kept = or_shortage([&] { return parts_.rejects.keep(waiting->first.rejects); });
    if (!kept) return refuse(kept.error());
    parts_.log.count_refused(eventlog::Road::kPost, waiting->first.rejects.size());
    store(std::move(waiting->first), std::move(waiting->second));
  });
  if (!queued) refuse(base::busy("too many requests are waiting for the store"));
}

void EventIntake::store(Accepted accepted, http::Reply reply) const {
  if (accepted.unit.events.empty()) {
    reply.send(counted({}, accepted.told));
    return;
  }
  // The log's callback must be copyable; a reply is not.
  auto shared_reply = std::make_shared<http::Reply>(std::move(reply));
  parts_.log.append(std::move(accepted.unit), [shared_reply, told = std::move(accepted.told)](
                                                  const base::Result<store::UnitOutcome>& outcome) {
    shared_reply->send(outcome ? counted(*outcome, told) : error_response(to_api_error(outcome.error())));
  });
}

}  // namespace waybill::api
