#include <array>
#include <initializer_list>
#include <string_view>

#include "generator/telling.h"

namespace waybill::generator {
namespace {

// What kinds of sentence there are. Known from the service itself are kOffer, kActivity, kExpression, "TaskQueue WQ…
// created" and "Task TTL Exceeded"; the others are made in their manner.
enum class Form : std::uint8_t {
  kThing,        // TaskQueue WQ… <words>
  kExpression,   // TaskQueue WQ… <words> '<expression>'
  kTask,         // Task WT… <words>
  kTaskQueue,    // Task WT… <words> TaskQueue <name>
  kWorkflow,     // Task WT… <words> Workflow <name>
  kTransfer,     // Transfer of Task WT… <words>
  kReservation,  // Reservation WR… <words>
  kAnswer,       // Reservation WR… <words> Worker <name>
  kOffer,        // Task WT… <words> Worker <name> with Reservation WR…
  kWorker,       // Worker <name> <words>
  kActivity,     // Worker <name> <words> <activity> Activity
  kCapacity,     // Worker <name> <words> <number> on TaskChannel <name>
  kChannel,      // Worker <name> <words> available on TaskChannel <name>
};

struct Phrase {
  EventType type;
  Form form;
  std::string_view words;
};

constexpr std::array<Phrase, kEventTypeCount> kPhrases = {{
    {EventType::kActivityCreated, Form::kThing, "created"},
    {EventType::kActivityUpdated, Form::kThing, "updated"},
    {EventType::kActivityDeleted, Form::kThing, "deleted"},
    {EventType::kReservationCreated, Form::kOffer, "assigned to"},
    {EventType::kReservationAccepted, Form::kAnswer, "accepted by"},
    {EventType::kReservationRejected, Form::kAnswer, "rejected by"},
    {EventType::kReservationTimeout, Form::kReservation, "timed out"},
    {EventType::kReservationCanceled, Form::kReservation, "canceled"},
    {EventType::kReservationRescinded, Form::kReservation, "rescinded"},
    {EventType::kReservationCompleted, Form::kReservation, "completed"},
    {EventType::kReservationFailed, Form::kReservation, "failed"},
    {EventType::kReservationWrapup, Form::kReservation, "moved to wrapup"},
    {EventType::kTaskCreated, Form::kTask, "created"},
    {EventType::kTaskUpdated, Form::kTask, "updated"},
    {EventType::kTaskCanceled, Form::kTask, "canceled"},
    {EventType::kTaskWrapup, Form::kTask, "moved to wrapup"},
    {EventType::kTaskCompleted, Form::kTask, "completed"},
    {EventType::kTaskDeleted, Form::kTask, "deleted"},
    {EventType::kTaskSystemDeleted, Form::kTask, "deleted by the system"},
    {EventType::kTaskTransferInitiated, Form::kTransfer, "initiated"},
    {EventType::kTaskTransferAttemptFailed, Form::kTransfer, "attempt failed"},
    {EventType::kTaskTransferFailed, Form::kTransfer, "failed"},
    {EventType::kTaskTransferCanceled, Form::kTransfer, "canceled"},
    {EventType::kTaskTransferCompleted, Form::kTransfer, "completed"},
    {EventType::kTaskChannelCreated, Form::kThing, "created"},
    {EventType::kTaskChannelUpdated, Form::kThing, "updated"},
    {EventType::kTaskChannelDeleted, Form::kThing, "deleted"},
    {EventType::kTaskQueueCreated, Form::kThing, "created"},
    {EventType::kTaskQueueDeleted, Form::kThing, "deleted"},
    {EventType::kTaskQueueExpressionUpdated, Form::kExpression, "expression updated to"},
    {EventType::kTaskQueueEntered, Form::kTaskQueue, "entered"},
    {EventType::kTaskQueueTimeout, Form::kTaskQueue, "timed out in"},
    {EventType::kTaskQueueMoved, Form::kTaskQueue, "moved out of"},
    {EventType::kWorkerCreated, Form::kWorker, "created"},
    {EventType::kWorkerActivityUpdate, Form::kActivity, "updated to"},
    {EventType::kWorkerAttributesUpdate, Form::kWorker, "attributes updated"},
    {EventType::kWorkerDeleted, Form::kWorker, "deleted"},
    {EventType::kWorkerCapacityUpdate, Form::kCapacity, "capacity updated to"},
    {EventType::kWorkerChannelAvailabilityUpdate, Form::kChannel, "updated to"},
    {EventType::kWorkflowCreated, Form::kThing, "created"},
    {EventType::kWorkflowUpdated, Form::kThing, "updated"},
    {EventType::kWorkflowDeleted, Form::kThing, "deleted"},
    {EventType::kWorkflowTargetMatched, Form::kWorkflow, "matched a target of"},
    {EventType::kWorkflowEntered, Form::kWorkflow, "entered"},
    {EventType::kWorkflowTimeout, Form::kWorkflow, "timed out in"},
    {EventType::kWorkflowSkipped, Form::kWorkflow, "skipped the last target of"},
    {EventType::kWorkspaceCreated, Form::kThing, "created"},
    {EventType::kWorkspaceUpdated, Form::kThing, "updated"},
    {EventType::kWorkspaceDeleted, Form::kThing, "deleted"},
}};
static_assert(follows_enum(kPhrases));

std::string sentence(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::string_view noun_of(Resource resource) {
  switch (resource) {
    case Resource::kActivity: return "Activity";
    case Resource::kReservation: return "Reservation";
    case Resource::kTask: return "Task";
    case Resource::kTaskChannel: return "TaskChannel";
    case Resource::kTaskQueue: return "TaskQueue";
    case Resource::kWorker: return "Worker";
    case Resource::kWorkflow: return "Workflow";
    case Resource::kWorkspace: return "Workspace";
  }
  return {};
}

std::string quoted_expression(const Telling& t) {
  const ThingFacts& thing = t.happening.thing;
  std::string out = "'";
  out += target_expression(queue_numbered(t.centre, thing.number), thing.changes);
  out += '\'';
  return out;
}

}  // namespace

std::string describe(const Telling& t) {
  const Happening& h = t.happening;
  const auto& [type, form, words] = kPhrases[static_cast<std::size_t>(h.type)];
  switch (form) {
    case Form::kThing: return sentence({noun_of(facts_of(h.type).resource), t.resource_sid, words});
    case Form::kExpression: return sentence({"TaskQueue", t.resource_sid, words, quoted_expression(t)});
    case Form::kTask:
      if (h.task.cancel_reason == CancelReason::kExpired) return "Task TTL Exceeded";
      return sentence({"Task", t.task.sid, words});
    case Form::kTaskQueue: return sentence({"Task", t.task.sid, words, "TaskQueue", t.centre[h.task.queue].name});
    case Form::kWorkflow: return sentence({"Task", t.task.sid, words, "Workflow", t.centre[h.task.workflow].name});
    case Form::kTransfer: return sentence({"Transfer of Task", t.task.sid, words});
    case Form::kReservation: return sentence({"Reservation", t.reservation_sid, words});
    case Form::kAnswer: return sentence({"Reservation", t.reservation_sid, words, "Worker", t.worker.name});
    case Form::kOffer:
      return sentence({"Task", t.task.sid, words, "Worker", t.worker.name, "with Reservation", t.reservation_sid});
    case Form::kWorker: return sentence({"Worker", t.worker.name, words});
    case Form::kActivity:
      return sentence({"Worker", t.worker.name, words, t.centre[h.worker.activity].name, "Activity"});
    case Form::kCapacity:
      return sentence({"Worker", t.worker.name, words, std::to_string(h.worker_channel.capacity), "on TaskChannel",
                       t.centre[h.worker_channel.channel].unique_name});
    case Form::kChannel:
      return sentence({"Worker", t.worker.name, words, h.worker_channel.available ? "available" : "unavailable",
                       "on TaskChannel", t.centre[h.worker_channel.channel].unique_name});
  }
  return {};
}

}  // namespace waybill::generator
