#include "generator/event_writer.h"

#include <array>
#include <string_view>

#include "base/time_text.h"
#include "codec/json_writer.h"

namespace waybill::generator {
namespace {

constexpr std::string_view kWorkspacesUrl = "https://taskrouter.twilio.com/v1/Workspaces/";

// The machines of the centre's own software: events that no worker causes come from them.
constexpr std::array<std::string_view, 6> kMachines = {"192.0.2.11", "192.0.2.12", "192.0.2.13",
                                                       "192.0.2.14", "192.0.2.21", "192.0.2.22"};

}  // namespace

EventWriter::EventWriter(const ContactCentre& centre, base::WallTime start)
    : centre_(centre),
      start_(start),
      workspace_url_(std::string(kWorkspacesUrl) + centre.workspace_sid),
      tasks_(centre),
      second_text_(base::to_second_text(second_)) {}

void EventWriter::write(const Happening& happening, std::string& line) {
  const EventTypeFacts& facts = facts_of(happening.type);
  const std::string sid = centre_.sids.text(Kind::kEvent, happening.number);
  const base::WallTime time = start_ + happening.time;
  const Telling telling = tell(happening);

  line.clear();
  codec::JsonWriter json(line);
  json.begin_object();
  json.member("sid", sid);
  json.member("url", workspace_url_ + "/Events/" + sid);
  json.member("source", "twilio");
  json.member("actor_sid", centre_.workspace_sid);
  json.member("actor_url", workspace_url_);
  json.member("actor_type", "workspace");
  json.key("event_data");
  write_event_data(telling, json);
  json.member("event_date", date_text(time));
  json.member("event_type", facts.name);
  json.member("account_sid", centre_.account_sid);
  json.member("description", describe(telling));
  json.member("resource_sid", telling.resource_sid);
  json.member("resource_url", resource_url(telling));
  json.key("event_date_ms").number(base::to_ms(time));
  json.member("resource_type", name_of(facts.resource));
  json.member("workspace_sid", centre_.workspace_sid);
  json.member("source_ip_address", has_worker(facts.shape) ? std::string_view(telling.worker.ip_address)
                                                           : kMachines[happening.number % kMachines.size()]);
  json.end_object();
}

Telling EventWriter::tell(const Happening& happening) {
  static const TaskText kNoTask;
  const DataShape shape = facts_of(happening.type).shape;
  const TaskText& task = has_task(shape) ? tasks_.of(happening.task) : kNoTask;
  const std::uint64_t number = happening.worker.number;
  const bool is_guest = has_worker(shape) && number >= centre_.workers.size();
  if (is_guest) guest_ = worker_numbered(centre_, number);
  const bool is_cast = has_worker(shape) && !is_guest;
  Telling telling{.centre = centre_,
                  .happening = happening,
                  .start = start_,
                  .task = task,
                  .worker = is_cast ? centre_.workers[number] : guest_,
                  .reservation_sid = {},
                  .resource_sid = {}};
  if (has_reservation(shape)) {
    telling.reservation_sid = centre_.sids.text(Kind::kReservation, happening.reservation.number);
  }
  telling.resource_sid = resource_sid(telling);
  return telling;
}

std::string EventWriter::resource_sid(const Telling& telling) const {
  const std::uint64_t thing = telling.happening.thing.number;
  switch (facts_of(telling.happening.type).resource) {
    case Resource::kTask: return telling.task.sid;
    case Resource::kReservation: return telling.reservation_sid;
    case Resource::kWorker: return telling.worker.sid;
    case Resource::kActivity: return centre_.sids.text(Kind::kActivity, thing);
    case Resource::kTaskChannel: return centre_.sids.text(Kind::kTaskChannel, thing);
    case Resource::kTaskQueue: return centre_.sids.text(Kind::kTaskQueue, thing);
    case Resource::kWorkflow: return centre_.sids.text(Kind::kWorkflow, thing);
    case Resource::kWorkspace: return thing == 0 ? centre_.workspace_sid : centre_.sids.text(Kind::kWorkspace, thing);
  }
  return {};
}

std::string EventWriter::resource_url(const Telling& telling) const {
  const std::string& sid = telling.resource_sid;
  switch (facts_of(telling.happening.type).resource) {
    case Resource::kTask: return workspace_url_ + "/Tasks/" + sid;
    case Resource::kReservation: return workspace_url_ + "/Tasks/" + telling.task.sid + "/Reservations/" + sid;
    case Resource::kWorker: return workspace_url_ + "/Workers/" + sid;
    case Resource::kActivity: return workspace_url_ + "/Activities/" + sid;
    case Resource::kTaskChannel: return workspace_url_ + "/TaskChannels/" + sid;
    case Resource::kTaskQueue: return workspace_url_ + "/TaskQueues/" + sid;
    case Resource::kWorkflow: return workspace_url_ + "/Workflows/" + sid;
    case Resource::kWorkspace: return std::string(kWorkspacesUrl) + sid;
  }
  return {};
}

const std::string& EventWriter::date_text(base::WallTime time) {
  // Events of one second come in a row.
  const base::WallTime second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_) {
    second_ = second;
    second_text_ = base::to_second_text(second);
  }
  return second_text_;
}

}  // namespace waybill::generator
