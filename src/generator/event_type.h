#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waybill::generator {

// The event types of TaskRouter, in the order of its documentation.
enum class EventType : std::uint8_t {
  kActivityCreated,
  kActivityUpdated,
  kActivityDeleted,
  kReservationCreated,
  kReservationAccepted,
  kReservationRejected,
  kReservationTimeout,
  kReservationCanceled,
  kReservationRescinded,
  kReservationCompleted,
  kReservationFailed,
  kReservationWrapup,
  kTaskCreated,
  kTaskUpdated,
  kTaskCanceled,
  kTaskWrapup,
  kTaskCompleted,
  kTaskDeleted,
  kTaskSystemDeleted,
  kTaskTransferInitiated,
  kTaskTransferAttemptFailed,
  kTaskTransferFailed,
  kTaskTransferCanceled,
  kTaskTransferCompleted,
  kTaskChannelCreated,
  kTaskChannelUpdated,
  kTaskChannelDeleted,
  kTaskQueueCreated,
  kTaskQueueDeleted,
  kTaskQueueExpressionUpdated,
  kTaskQueueEntered,
  kTaskQueueTimeout,
  kTaskQueueMoved,
  kWorkerCreated,
  kWorkerActivityUpdate,
  kWorkerAttributesUpdate,
  kWorkerDeleted,
  kWorkerCapacityUpdate,
  kWorkerChannelAvailabilityUpdate,
  kWorkflowCreated,
  kWorkflowUpdated,
  kWorkflowDeleted,
  kWorkflowTargetMatched,
  kWorkflowEntered,
  kWorkflowTimeout,
  kWorkflowSkipped,
  kWorkspaceCreated,
  kWorkspaceUpdated,
  kWorkspaceDeleted,
};
inline constexpr std::size_t kEventTypeCount = 49;

// What an event is about: its resource_type, and where its resource lies.
enum class Resource : std::uint8_t {
  kActivity,
  kReservation,
  kTask,
  kTaskChannel,
  kTaskQueue,
  kWorker,
  kWorkflow,
  kWorkspace,
};

// Which groups of fields the event_data of a type has, as the documentation's table names them.
enum class DataShape : std::uint8_t {
  kActivity,
  kReservation,          // task, worker, queue, reservation, workflow
  kReservationUnmanned,  // the same without a worker
  kTask,                 // task, queue, workflow
  kRouting,              // the same, and the names of queue and workflow
  kTransfer,             // task, queue, workflow, transfer
  kTaskChannel,
  kTaskQueue,
  kWorker,
  kWorkerActivity,  // worker, and what it did before
  kWorkerChannel,   // worker, and one of its channels
  kWorkflow,
  kWorkspace,
};

bool has_task(DataShape shape);
bool has_worker(DataShape shape);
bool has_reservation(DataShape shape);

struct EventTypeFacts {
  EventType type;
  std::string_view name;  // as event_type shows it
  Resource resource;
  DataShape shape;
};

const EventTypeFacts& facts_of(EventType type);

// Whether row by row a table is about the types in their order, so that a type is its row's index.
template <class Row>
constexpr bool follows_enum(const std::array<Row, kEventTypeCount>& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].type != static_cast<EventType>(i)) return false;
  }
  return true;
}

// As resource_type shows it.
std::string_view name_of(Resource resource);

}  // namespace waybill::generator
