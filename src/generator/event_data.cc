#include <array>
#include <charconv>
#include <string_view>

#include "generator/telling.h"

namespace waybill::generator {
namespace {

using codec::JsonWriter;
using std::chrono::seconds;

void number_member(JsonWriter& json, std::string_view name, std::int64_t value) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  json.member(name, {digits.data(), end});
}

void flag_member(JsonWriter& json, std::string_view name, bool value) { json.member(name, value ? "true" : "false"); }

std::string_view text_of(TaskStatus status) {
  switch (status) {
    case TaskStatus::kPending: return "pending";
    case TaskStatus::kReserved: return "reserved";
    case TaskStatus::kAssigned: return "assigned";
    case TaskStatus::kWrapping: return "wrapping";
    case TaskStatus::kCompleted: return "completed";
    case TaskStatus::kCanceled: return "canceled";
  }
  return {};
}

std::string_view text_of(CancelReason reason) {
  switch (reason) {
    case CancelReason::kNone: return "";
    case CancelReason::kHungUp: return "hangup";
    case CancelReason::kWorkflowTimeout: return "Task canceled on Workflow timeout";
    case CancelReason::kExpired: return "Task TTL Exceeded";
    case CancelReason::kSkipped: return "Task canceled on Workflow skip";
  }
  return {};
}

std::string_view text_of(TransferStatus status) {
  switch (status) {
    case TransferStatus::kInitiated: return "initiated";
    case TransferStatus::kFailed: return "failed";
    case TransferStatus::kCanceled: return "canceled";
    case TransferStatus::kCompleted: return "completed";
  }
  return {};
}

void write_task(const Telling& t, JsonWriter& json) {
  const TaskFacts& task = t.happening.task;
  const bool completed = task.status == TaskStatus::kCompleted;
  json.member("task_sid", t.task.sid);
  json.key("task_attributes").raw(t.task.attributes);
  number_member(json, "task_age", std::chrono::floor<seconds>(t.happening.time - task.created).count());
  number_member(json, "task_priority", task.priority);
  json.member("task_assignment_status", text_of(task.status));
  json.member("task_canceled_reason", text_of(task.cancel_reason));
  json.member("task_completed_reason", completed ? std::string_view(t.task.outcome) : std::string_view());
  const Channel& channel = t.centre[task.channel];
  json.member("task_channel_sid", channel.sid);
  json.member("task_channel_unique_name", channel.unique_name);
  json.member("task_queue_sid", t.centre[task.queue].sid);
  json.member("workflow_sid", t.centre[task.workflow].sid);
}

void write_worker(const Telling& t, JsonWriter& json) {
  const WorkerFacts& facts = t.happening.worker;
  const Activity& activity = t.centre[facts.activity];
  json.member("worker_sid", t.worker.sid);
  json.member("worker_name", t.worker.name);
  json.key("worker_attributes").raw(attributes_of(t.worker, facts.level));
  json.member("worker_activity_sid", activity.sid);
  json.member("worker_activity_name", activity.name);
  number_member(json, "worker_version", facts.version);
  json.member("operating_unit_sid", t.centre.operating_unit_sid);
}

void write_previous_activity(const Telling& t, JsonWriter& json) {
  const WorkerFacts& facts = t.happening.worker;
  const Activity& previous = t.centre[facts.previous_activity];
  json.member("worker_previous_activity_sid", previous.sid);
  json.member("worker_previous_activity_name", previous.name);
  number_member(json, "worker_time_in_previous_activity",
                std::chrono::floor<seconds>(facts.in_previous_activity).count());
  number_member(json, "worker_time_in_previous_activity_ms", facts.in_previous_activity.count());
}

void write_worker_channel(const Telling& t, JsonWriter& json) {
  const WorkerChannelFacts& facts = t.happening.worker_channel;
  const Channel& channel = t.centre[facts.channel];
  const int free = facts.capacity > facts.tasks ? facts.capacity - facts.tasks : 0;
  flag_member(json, "worker_channel_available", facts.available);
  number_member(json, "worker_channel_available_capacity", free * 100 / facts.capacity);
  number_member(json, "worker_channel_previous_capacity", facts.previous_capacity);
  number_member(json, "worker_channel_capacity", facts.capacity);
  number_member(json, "worker_channel_task_count", facts.tasks);
  json.member("task_channel_sid", channel.sid);
  json.member("task_channel_unique_name", channel.unique_name);
}

std::string_view failure_of(const Happening& happening) {
  if (happening.transfer.missed) return "Transfer failed because the reservation timed out";
  const bool failed =
      happening.type == EventType::kTaskTransferAttemptFailed || happening.type == EventType::kTaskTransferFailed;
  return failed ? "Transfer attempt failed on reservation reject because there are no more pending reservations" : "";
}

void write_transfer(const Telling& t, JsonWriter& json) {
  const TransferFacts& transfer = t.happening.transfer;
  const base::WallTime started = t.start + transfer.started;
  json.member("task_transfer_sid", t.centre.sids.text(Kind::kTransfer, transfer.number));
  json.member("transfer_mode", transfer.mode == TransferMode::kCold ? "COLD" : "WARM");
  json.member("transfer_type", "WORKER");
  json.member("transfer_to", t.centre[transfer.to].sid);
  json.member("transfer_status", text_of(transfer.status));
  number_member(json, "transfer_started", std::chrono::floor<seconds>(started).time_since_epoch().count());
  json.member("transfer_initiating_reservation_sid", t.centre.sids.text(Kind::kReservation, transfer.from.number));
  json.member("transfer_initiating_worker_sid", t.centre[transfer.from.worker].sid);
  if (const std::string_view failure = failure_of(t.happening); !failure.empty()) {
    json.member("transfer_failed_reason", failure);
  }
}

void write_names(const Telling& t, JsonWriter& json) {
  json.member("task_queue_name", t.centre[t.happening.task.queue].name);
  json.member("workflow_name", t.centre[t.happening.task.workflow].name);
}

// A thing that was changed shows so in its name.
std::string name_after(const std::string& name, const ThingFacts& thing) {
  return thing.changes == 0 ? name : name + " v" + std::to_string(thing.changes + 1);
}

void write_activity(const Telling& t, JsonWriter& json) {
  const ThingFacts& thing = t.happening.thing;
  const Activity activity = activity_numbered(t.centre, thing.number);
  json.member("activity_sid", activity.sid);
  json.member("activity_name", name_after(activity.name, thing));
  flag_member(json, "activity_available", activity.available);
}

void write_task_channel(const Telling& t, JsonWriter& json) {
  const ThingFacts& thing = t.happening.thing;
  const Channel channel = channel_numbered(t.centre, thing.number);
  json.member("task_channel_sid", channel.sid);
  json.member("task_channel_name", name_after(channel.name, thing));
  json.member("task_channel_unique_name", channel.unique_name);
  flag_member(json, "task_channel_optimized_routing", channel.capacity > 1);
}

void write_task_queue(const Telling& t, JsonWriter& json) {
  const ThingFacts& thing = t.happening.thing;
  const Queue queue = queue_numbered(t.centre, thing.number);
  json.member("task_queue_sid", queue.sid);
  json.member("task_queue_name", queue.name);
  json.member("task_queue_target_expression", target_expression(queue, thing.changes));
  json.member("operating_unit_sid", t.centre.operating_unit_sid);
}

void write_workflow(const Telling& t, JsonWriter& json) {
  const ThingFacts& thing = t.happening.thing;
  const Workflow workflow = workflow_numbered(t.centre, thing.number);
  json.member("workflow_sid", workflow.sid);
  json.member("workflow_name", name_after(workflow.name, thing));
}

void write_workspace(const Telling& t, JsonWriter& json) {
  const bool own = t.happening.thing.number == 0;
  json.member("workspace_sid", t.resource_sid);
  json.member("workspace_name", own ? t.centre.workspace_name : name_after("Rehearsal", t.happening.thing));
}

void write_fields(const Telling& t, DataShape shape, JsonWriter& json) {
  switch (shape) {
    case DataShape::kActivity: return write_activity(t, json);
    case DataShape::kReservation:
      write_task(t, json);
      json.member("reservation_sid", t.reservation_sid);
      return write_worker(t, json);
    case DataShape::kReservationUnmanned:
      write_task(t, json);
      json.member("reservation_sid", t.reservation_sid);
      return;
    case DataShape::kTask: return write_task(t, json);
    case DataShape::kRouting: write_task(t, json); return write_names(t, json);
    case DataShape::kTransfer: write_task(t, json); return write_transfer(t, json);
    case DataShape::kTaskChannel: return write_task_channel(t, json);
    case DataShape::kTaskQueue: return write_task_queue(t, json);
    case DataShape::kWorker: return write_worker(t, json);
    case DataShape::kWorkerActivity: write_worker(t, json); return write_previous_activity(t, json);
    case DataShape::kWorkerChannel: write_worker(t, json); return write_worker_channel(t, json);
    case DataShape::kWorkflow: return write_workflow(t, json);
    case DataShape::kWorkspace: return write_workspace(t, json);
  }
}

}  // namespace

void write_event_data(const Telling& t, JsonWriter& json) {
  const DataShape shape = facts_of(t.happening.type).shape;
  json.begin_object();
  if (shape != DataShape::kWorkspace) {
    json.member("workspace_sid", t.centre.workspace_sid);
    json.member("workspace_name", t.centre.workspace_name);
  }
  write_fields(t, shape, json);
  json.end_object();
}

std::string target_expression(const Queue& queue, int changes) {
  return changes == 0 ? queue.target_expression : queue.target_expression + " AND level > " + std::to_string(changes);
}

}  // namespace waybill::generator
