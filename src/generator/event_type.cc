#include "generator/event_type.h"

namespace waybill::generator {
namespace {

constexpr std::array<EventTypeFacts, kEventTypeCount> kFacts = {{
    {EventType::kActivityCreated, "activity.created", Resource::kActivity, DataShape::kActivity},
    {EventType::kActivityUpdated, "activity.updated", Resource::kActivity, DataShape::kActivity},
    {EventType::kActivityDeleted, "activity.deleted", Resource::kActivity, DataShape::kActivity},
    {EventType::kReservationCreated, "reservation.created", Resource::kReservation, DataShape::kReservation},
    {EventType::kReservationAccepted, "reservation.accepted", Resource::kReservation, DataShape::kReservation},
    {EventType::kReservationRejected, "reservation.rejected", Resource::kReservation, DataShape::kReservation},
    {EventType::kReservationTimeout, "reservation.timeout", Resource::kReservation, DataShape::kReservation},
    {EventType::kReservationCanceled, "reservation.canceled", Resource::kReservation, DataShape::kReservation},
    {EventType::kReservationRescinded, "reservation.rescinded", Resource::kReservation, DataShape::kReservation},
    {EventType::kReservationCompleted, "reservation.completed", Resource::kReservation, DataShape::kReservation},
    {EventType::kReservationFailed, "reservation.failed", Resource::kReservation, DataShape::kReservationUnmanned},
    {EventType::kReservationWrapup, "reservation.wrapup", Resource::kReservation, DataShape::kReservation},
    {EventType::kTaskCreated, "task.created", Resource::kTask, DataShape::kRouting},
    {EventType::kTaskUpdated, "task.updated", Resource::kTask, DataShape::kTask},
    {EventType::kTaskCanceled, "task.canceled", Resource::kTask, DataShape::kTask},
    {EventType::kTaskWrapup, "task.wrapup", Resource::kTask, DataShape::kTask},
    {EventType::kTaskCompleted, "task.completed", Resource::kTask, DataShape::kTask},
    {EventType::kTaskDeleted, "task.deleted", Resource::kTask, DataShape::kTask},
    {EventType::kTaskSystemDeleted, "task.system-deleted", Resource::kTask, DataShape::kTask},
    {EventType::kTaskTransferInitiated, "task.transfer-initiated", Resource::kTask, DataShape::kTransfer},
    {EventType::kTaskTransferAttemptFailed, "task.transfer-attempt-failed", Resource::kTask, DataShape::kTransfer},
    {EventType::kTaskTransferFailed, "task.transfer-failed", Resource::kTask, DataShape::kTransfer},
    {EventType::kTaskTransferCanceled, "task.transfer-canceled", Resource::kTask, DataShape::kTransfer},
    {EventType::kTaskTransferCompleted, "task.transfer-completed", Resource::kTask, DataShape::kTransfer},
    {EventType::kTaskChannelCreated, "task-channel.created", Resource::kTaskChannel, DataShape::kTaskChannel},
    {EventType::kTaskChannelUpdated, "task-channel.updated", Resource::kTaskChannel, DataShape::kTaskChannel},
    {EventType::kTaskChannelDeleted, "task-channel.deleted", Resource::kTaskChannel, DataShape::kTaskChannel},
    {EventType::kTaskQueueCreated, "task-queue.created", Resource::kTaskQueue, DataShape::kTaskQueue},
    {EventType::kTaskQueueDeleted, "task-queue.deleted", Resource::kTaskQueue, DataShape::kTaskQueue},
    {EventType::kTaskQueueExpressionUpdated, "task-queue.expression.updated", Resource::kTaskQueue,
     DataShape::kTaskQueue},
    {EventType::kTaskQueueEntered, "task-queue.entered", Resource::kTask, DataShape::kRouting},
    {EventType::kTaskQueueTimeout, "task-queue.timeout", Resource::kTask, DataShape::kRouting},
    {EventType::kTaskQueueMoved, "task-queue.moved", Resource::kTask, DataShape::kRouting},
    {EventType::kWorkerCreated, "worker.created", Resource::kWorker, DataShape::kWorker},
    {EventType::kWorkerActivityUpdate, "worker.activity.update", Resource::kWorker, DataShape::kWorkerActivity},
    {EventType::kWorkerAttributesUpdate, "worker.attributes.update", Resource::kWorker, DataShape::kWorker},
    {EventType::kWorkerDeleted, "worker.deleted", Resource::kWorker, DataShape::kWorker},
    {EventType::kWorkerCapacityUpdate, "worker.capacity.update", Resource::kWorker, DataShape::kWorkerChannel},
    {EventType::kWorkerChannelAvailabilityUpdate, "worker.channel.availability.update", Resource::kWorker,
     DataShape::kWorkerChannel},
    {EventType::kWorkflowCreated, "workflow.created", Resource::kWorkflow, DataShape::kWorkflow},
    {EventType::kWorkflowUpdated, "workflow.updated", Resource::kWorkflow, DataShape::kWorkflow},
    {EventType::kWorkflowDeleted, "workflow.deleted", Resource::kWorkflow, DataShape::kWorkflow},
    {EventType::kWorkflowTargetMatched, "workflow.target-matched", Resource::kTask, DataShape::kRouting},
    {EventType::kWorkflowEntered, "workflow.entered", Resource::kTask, DataShape::kRouting},
    {EventType::kWorkflowTimeout, "workflow.timeout", Resource::kTask, DataShape::kRouting},
    {EventType::kWorkflowSkipped, "workflow.skipped", Resource::kTask, DataShape::kRouting},
    {EventType::kWorkspaceCreated, "workspace.created", Resource::kWorkspace, DataShape::kWorkspace},
    {EventType::kWorkspaceUpdated, "workspace.updated", Resource::kWorkspace, DataShape::kWorkspace},
    {EventType::kWorkspaceDeleted, "workspace.deleted", Resource::kWorkspace, DataShape::kWorkspace},
}};
static_assert(follows_enum(kFacts));

}  // namespace

const EventTypeFacts& facts_of(EventType type) { return kFacts[static_cast<std::size_t>(type)]; }

bool has_task(DataShape shape) {
  return shape == DataShape::kTask || shape == DataShape::kRouting || shape == DataShape::kTransfer ||
         has_reservation(shape);
}

bool has_worker(DataShape shape) {
  return shape == DataShape::kWorker || shape == DataShape::kWorkerActivity || shape == DataShape::kWorkerChannel ||
         shape == DataShape::kReservation;
}

bool has_reservation(DataShape shape) {
  return shape == DataShape::kReservation || shape == DataShape::kReservationUnmanned;
}

std::string_view name_of(Resource resource) {
  switch (resource) {
    case Resource::kActivity: return "activity";
    case Resource::kReservation: return "reservation";
    case Resource::kTask: return "task";
    case Resource::kTaskChannel: return "taskchannel";
    case Resource::kTaskQueue: return "taskqueue";
    case Resource::kWorker: return "worker";
    case Resource::kWorkflow: return "workflow";
    case Resource::kWorkspace: return "workspace";
  }
  return {};
}

}  // namespace waybill::generator
