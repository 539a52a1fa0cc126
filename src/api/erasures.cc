#include "api/erasures.h"

#include <utility>
#include <vector>

#include "api/form_body.h"
#include "api/form_place.h"
#include "api/removal.h"
#include "base/bytes.h"
#include "base/time_text.h"
#include "codec/json_writer.h"
#include "store/upkeep_words.h"

namespace waybill::api {
namespace {

void write_sid(codec::JsonWriter& out, std::string_view name, std::string_view prefix, model::Dimension dimension,
               const std::optional<model::Term>& subject) {
  out.key(name);
  if (!subject || subject->dimension != dimension) {
    out.null();
    return;
  }
  out.text(std::string(prefix) + base::to_hex(base::as_bytes(subject->value)));
}

void write_time(codec::JsonWriter& out, std::string_view name, base::WallTime time, base::WallTime open_end) {
  out.key(name);
  time == open_end ? out.null() : out.text(base::to_millisecond_text(time));
}

// What an erasure names.
void write_request(codec::JsonWriter& out, const store::ErasureRequest& request, const NamedWorkspace& place) {
  out.member("account_sid", place.account.sid.to_text());
  out.member("workspace_sid", place.workspace.sid_text);
  write_sid(out, "task_sid", "WT", model::Dimension::kTask, request.subject);
  write_sid(out, "worker_sid", "WK", model::Dimension::kWorker, request.subject);
  write_time(out, "from", request.from, base::kTimeMin);
  write_time(out, "to", request.to, base::kTimeMax);
}

// What an erasure would do that was only tried.
void write_prospect(codec::JsonWriter& out, const store::ErasureRequest& request, const store::Removal& removal,
                    const NamedWorkspace& place) {
  out.begin_object();
  write_request(out, request, place);
  out.key("would_erase");
  write_removal(out, removal);
  out.key("rejects").number(static_cast<std::int64_t>(removal.rejects));
  out.end_object();
}

void write_erasure(codec::JsonWriter& out, const store::Erasure& erasure, const NamedWorkspace& place) {
  const store::ErasureRequest& request = erasure.request;
  out.begin_object();
  out.key("number").number(static_cast<std::int64_t>(erasure.number));
  write_request(out, request, place);
  out.key("events").number(static_cast<std::int64_t>(erasure.events));
  out.member("status", erasure.completed ? "completed" : "rewriting");
  out.member("date_requested", base::to_second_text(erasure.requested));
  out.key("date_completed");
  erasure.completed ? out.text(base::to_second_text(*erasure.completed)) : out.null();
  out.end_object();
}

}  // namespace

ApiResult<http::Response> Erasures::create(const Context& context) const {
  TRY_ASSIGN(const QueryParams params, parse_form_body(context.request, {"AccountSid", "WorkspaceSid", "TaskSid",
                                                                         "WorkerSid", "From", "To", "DryRun"}));
  TRY_ASSIGN(const bool is_dry_run, form_switch(params, "DryRun"));
  TRY_ASSIGN(const NamedWorkspace place, place_of_form(params, registry_));
  const auto word = [&](std::string_view name) { return params.text(name).value_or(""); };
  TRY_ASSIGN(const store::ErasureRequest request,
             checked(store::parse_erasure(
                 place.workspace.number, {word("TaskSid"), word("WorkerSid"), word("From"), word("To")}, context.now)));
  std::string body;
  codec::JsonWriter out(body);
  if (is_dry_run) {
    TRY_ASSIGN(const store::Removal removal, checked(upkeep_.would_erase(request)));
    write_prospect(out, request, removal, place);
    return json_response(200, std::move(body));
  }
  TRY_ASSIGN(const store::Erasure erasure, checked(upkeep_.erase(request)));
  write_erasure(out, erasure, place);
  return json_response(201, std::move(body));
}

ApiResult<http::Response> Erasures::list() const {
  TRY_ASSIGN(const auto places, all_places(registry_));
  TRY_ASSIGN(const auto erasures, checked(upkeep_.erasures()));
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("erasures").begin_array();
  for (const store::Erasure& erasure : erasures) {
    const auto place = places.find(erasure.request.workspace);
    if (place != places.end()) write_erasure(out, erasure, place->second);
  }
  out.end_array().end_object();
  return json_response(200, std::move(body));
}

}  // namespace waybill::api
