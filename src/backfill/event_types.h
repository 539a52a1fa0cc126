#pragma once

#include <array>
#include <string_view>

namespace waybill::backfill {

// The event types that the hosted service documents (https://www.twilio.com/docs/taskrouter/api/event/reference).
constexpr std::array<std::string_view, 49> kEventTypes = {
    "activity.created",
    "activity.updated",
    "activity.deleted",
    "reservation.created",
    "reservation.accepted",
    "reservation.rejected",
    "reservation.timeout",
    "reservation.canceled",
    "reservation.rescinded",
    "reservation.completed",
    "reservation.failed",
    "reservation.wrapup",
    "task.created",
    "task.updated",
    "task.canceled",
    "task.wrapup",
    "task.completed",
    "task.deleted",
    "task.system-deleted",
    "task.transfer-initiated",
    "task.transfer-attempt-failed",
    "task.transfer-failed",
    "task.transfer-canceled",
    "task.transfer-completed",
    "task-channel.created",
    "task-channel.updated",
    "task-channel.deleted",
    "task-queue.created",
    "task-queue.deleted",
    "task-queue.expression.updated",
    "task-queue.entered",
    "task-queue.timeout",
    "task-queue.moved",
    "worker.created",
    "worker.activity.update",
    "worker.attributes.update",
    "worker.deleted",
    "worker.capacity.update",
    "worker.channel.availability.update",
    "workflow.created",
    "workflow.updated",
    "workflow.deleted",
    "workflow.target-matched",
    "workflow.entered",
    "workflow.timeout",
    "workflow.skipped",
    "workspace.created",
    "workspace.updated",
    "workspace.deleted",
};

}  // namespace waybill::backfill
