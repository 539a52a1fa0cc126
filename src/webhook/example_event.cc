#include "webhook/example_event.h"

#include "base/time_text.h"
#include "codec/json_writer.h"
#include "webhook/callback_form.h"

namespace waybill::webhook {
namespace {

// A kind of resource: how events of it begin, what callbacks call it, and the letters of its SIDs.
struct Resource {
  std::string_view prefix;
  std::string_view parameter;
  std::string_view letters;
};

constexpr Resource kResources[] = {{"task", "Task", "WT"},           {"reservation", "Reservation", "WR"},
                                   {"worker", "Worker", "WK"},       {"activity", "Activity", "WA"},
                                   {"workflow", "Workflow", "WW"},   {"task-queue", "TaskQueue", "WQ"},
                                   {"workspace", "Workspace", "WS"}, {"task-channel", "TaskChannel", "TC"}};

const Resource& resource_of(std::string_view type) {
  const std::string_view prefix = type.substr(0, type.find('.'));
  for (const Resource& resource : kResources) {
    if (resource.prefix == prefix) return resource;
  }
  return kResources[0];
}

std::string sid_of(const Resource& resource, const ExampleEvent& event) {
  if (resource.prefix == "workspace") return event.workspace_sid;
  return std::string(resource.letters) + event.hex_part;
}

void add_task(http::Parameters& form, const ExampleEvent& event) {
  form.insert(form.end(), {{"TaskSid", "WT" + event.hex_part},
                           {"TaskAttributes", R"({"example":true,"language":"en"})"},
                           {"TaskAge", "0"},
                           {"TaskPriority", "0"},
                           {"TaskAssignmentStatus", "pending"},
                           {"TaskChannelUniqueName", "default"}});
}

void add_worker(http::Parameters& form, const ExampleEvent& event) {
  form.insert(form.end(), {{"WorkerSid", "WK" + event.hex_part},
                           {"WorkerName", "An example"},
                           {"WorkerAttributes", R"({"languages":["en"]})"}});
}

void write_cloud_event(codec::JsonWriter& out, const ExampleEvent& event) {
  const std::string time = base::to_millisecond_text(event.time);
  out.begin_object();
  out.member("specversion", "1.0");
  out.member("type", "com.twilio.taskrouter." + event.type);
  out.member("source", event.workspace_sid);
  out.member("id", event.sid);
  out.member("dataschema", "https://events-schemas.twilio.com/TaskRouter.WDSEvent/1");
  out.member("datacontenttype", "application/json");
  out.member("time", time);
  out.key("data").begin_object();
  for (const auto& [name, value] : {std::pair("sid", &event.sid), std::pair("account_sid", &event.account_sid)}) {
    out.member(name, *value);
  }
  out.member("timestamp", time).member("level", "INFO").member("product_name", "TaskRouter");
  out.member("payload_type", "application/json");
  out.key("payload").begin_object();
  out.member("eventtype", event.type).member("timestamp", time);
  for (const auto& [name, value] : example_form(event)) {
    if (name != "EventType" && !name.starts_with("Timestamp")) out.member(to_snake_case(name), value);
  }
  out.end_object().end_object().end_object();
}

}  // namespace

http::Parameters example_form(const ExampleEvent& event) {
  const Resource& resource = resource_of(event.type);
  const std::int64_t milliseconds = base::to_ms(event.time);
  const std::string resource_sid = sid_of(resource, event);
  http::Parameters form = {{"AccountSid", event.account_sid},
                           {"WorkspaceSid", event.workspace_sid},
                           {"WorkspaceName", "An example"},
                           {"Sid", event.sid},
                           {"EventType", event.type},
                           {"EventDescription", "An example of " + event.type},
                           {"ResourceType", std::string(resource.prefix)},
                           {"ResourceSid", resource_sid},
                           {"Timestamp", std::to_string(milliseconds / 1000)},
                           {"TimestampMs", std::to_string(milliseconds)}};
  const bool is_reservation = resource.prefix == "reservation";
  if (is_reservation || resource.prefix == "task") add_task(form, event);
  if (is_reservation || resource.prefix == "worker") add_worker(form, event);
  const std::string name = std::string(resource.parameter) + "Sid";
  if (find_parameter(form, name).empty()) form.emplace_back(name, resource_sid);
  return form;
}

std::string example_stream(std::span<const ExampleEvent> events) {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_array();
  for (const ExampleEvent& event : events) write_cloud_event(out, event);
  out.end_array();
  return body;
}

}  // namespace waybill::webhook
