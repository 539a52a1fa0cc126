#pragma once

#include <cstdint>

#include "generator/calendar.h"
#include "generator/contact_centre.h"
#include "generator/event_type.h"

namespace waybill::generator {

enum class TaskStatus : std::uint8_t { kPending, kReserved, kAssigned, kWrapping, kCompleted, kCanceled };

// Why a task ended before its time.
enum class CancelReason : std::uint8_t { kNone, kHungUp, kWorkflowTimeout, kExpired, kSkipped };

enum class TransferMode : std::uint8_t { kCold, kWarm };
enum class TransferStatus : std::uint8_t { kInitiated, kFailed, kCanceled, kCompleted };

struct TaskFacts {
  std::uint64_t number = 0;  // counts all tasks of the stream
  std::uint32_t slot = 0;    // small, and no two tasks that live at one time share it
  WorkflowId workflow = {};
  QueueId queue = {};
  ChannelId channel = {};
  TaskStatus status = TaskStatus::kPending;
  CancelReason cancel_reason = CancelReason::kNone;
  std::uint8_t priority = 0;
  std::uint8_t updates = 0;  // how often its attributes changed
  bool has_outcome = false;  // and the last of them noted how it ended
  Moment created = {};
};

struct ReservationFacts {
  std::uint64_t number = 0;  // counts all reservations of the stream
  WorkerId worker = {};
};

struct TransferFacts {
  std::uint64_t number = 0;
  TransferMode mode = TransferMode::kCold;
  TransferStatus status = TransferStatus::kInitiated;
  bool missed = false;  // failed because nobody answered; or else, because somebody declined
  ReservationFacts from;
  WorkerId to = {};
  Moment started = {};
};

struct WorkerFacts {
  std::uint64_t number = 0;  // beyond the cast: somebody who is there for a while
  ActivityId activity = ActivityId::kOffline;
  ActivityId previous_activity = ActivityId::kOffline;
  Moment in_previous_activity = {};
  std::uint32_t version = 0;
  int level = 0;
};

struct WorkerChannelFacts {
  ChannelId channel = {};
  bool available = true;
  int capacity = 1;
  int previous_capacity = 1;
  int tasks = 0;
};

// An activity, channel, queue, workflow or workspace that somebody made, changed or removed.
struct ThingFacts {
  std::uint64_t number = 0;  // of its kind; beyond the cast: one that is there for a while
  std::uint8_t changes = 0;  // how often it was changed before
};

// One event before it is put into words: everything its line depends on, besides the settings. The type decides which
// of the facts mean anything. A value: it stays true whatever happens next.
struct Happening {
  EventType type = EventType::kWorkspaceCreated;
  Moment time = {};
  std::uint64_t number = 0;  // counts all events of the stream in the order they happen
  TaskFacts task = {};
  ReservationFacts reservation = {};
  TransferFacts transfer = {};
  WorkerFacts worker = {};
  WorkerChannelFacts worker_channel = {};
  ThingFacts thing = {};
};

}  // namespace waybill::generator
