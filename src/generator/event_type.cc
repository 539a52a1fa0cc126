#include "generator/event_type.h"

#include <array>

namespace waybill::generator {
namespace {

constexpr std::array<EventTypeFacts, kEventTypeCount> kFacts = {{
    {"activity.created", Resource::kActivity, DataShape::kActivity},
    {"activity.updated", Resource::kActivity, DataShape::kActivity},
    {"activity.deleted", Resource::kActivity, DataShape::kActivity},
    {"reservation.created", Resource::kReservation, DataShape::kReservation},
    {"reservation.accepted", Resource::kReservation, DataShape::kReservation},
    {"reservation.rejected", Resource::kReservation, DataShape::kReservation},
    {"reservation.timeout", Resource::kReservation, DataShape::kReservation},
    {"reservation.canceled", Resource::kReservation, DataShape::kReservation},
    {"reservation.rescinded", Resource::kReservation, DataShape::kReservation},
    {"reservation.completed", Resource::kReservation, DataShape::kReservation},
    {"reservation.failed", Resource::kReservation, DataShape::kReservationUnmanned},
    {"reservation.wrapup", Resource::kReservation, DataShape::kReservation},
    {"task.created", Resource::kTask, DataShape::kRouting},
    {"task.updated", Resource::kTask, DataShape::kTask},
    {"task.canceled", Resource::kTask, DataShape::kTask},
    {"task.wrapup", Resource::kTask, DataShape::kTask},
    {"task.completed", Resource::kTask, DataShape::kTask},
    {"task.deleted", Resource::kTask, DataShape::kTask},
    {"task.system-deleted", Resource::kTask, DataShape::kTask},
    {"task.transfer-initiated", Resource::kTask, DataShape::kTransfer},
    {"task.transfer-attempt-failed", Resource::kTask, DataShape::kTransfer},
    {"task.transfer-failed", Resource::kTask, DataShape::kTransfer},
    {"task.transfer-canceled", Resource::kTask, DataShape::kTransfer},
    {"task.transfer-completed", Resource::kTask, DataShape::kTransfer},
    {"task-channel.created", Resource::kTaskChannel, DataShape::kTaskChannel},
    {"task-channel.updated", Resource::kTaskChannel, DataShape::kTaskChannel},
    {"task-channel.deleted", Resource::kTaskChannel, DataShape::kTaskChannel},
    {"task-queue.created", Resource::kTaskQueue, DataShape::kTaskQueue},
    {"task-queue.deleted", Resource::kTaskQueue, DataShape::kTaskQueue},
    {"task-queue.expression.updated", Resource::kTaskQueue, DataShape::kTaskQueue},
    {"task-queue.entered", Resource::kTask, DataShape::kRouting},
    {"task-queue.timeout", Resource::kTask, DataShape::kRouting},
    {"task-queue.moved", Resource::kTask, DataShape::kRouting},
    {"worker.created", Resource::kWorker, DataShape::kWorker},
    {"worker.activity.update", Resource::kWorker, DataShape::kWorkerActivity},
    {"worker.attributes.update", Resource::kWorker, DataShape::kWorker},
    {"worker.deleted", Resource::kWorker, DataShape::kWorker},
    {"worker.capacity.update", Resource::kWorker, DataShape::kWorkerChannel},
    {"worker.channel.availability.update", Resource::kWorker, DataShape::kWorkerChannel},
    {"workflow.created", Resource::kWorkflow, DataShape::kWorkflow},
    {"workflow.updated", Resource::kWorkflow, DataShape::kWorkflow},
    {"workflow.deleted", Resource::kWorkflow, DataShape::kWorkflow},
    {"workflow.target-matched", Resource::kTask, DataShape::kRouting},
    {"workflow.entered", Resource::kTask, DataShape::kRouting},
    {"workflow.timeout", Resource::kTask, DataShape::kRouting},
    {"workflow.skipped", Resource::kTask, DataShape::kRouting},
    {"workspace.created", Resource::kWorkspace, DataShape::kWorkspace},
    {"workspace.updated", Resource::kWorkspace, DataShape::kWorkspace},
    {"workspace.deleted", Resource::kWorkspace, DataShape::kWorkspace},
}};

}  // namespace

const EventTypeFacts& facts_of(EventType type) { return kFacts[static_cast<std::size_t>(type)]; }

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
  return "";
}

}  // namespace waybill::generator
