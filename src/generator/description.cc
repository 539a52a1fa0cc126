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
  Form form;
  std::string_view words;
};

// By event type.
constexpr std::array<Phrase, kEventTypeCount> kPhrases = {{{Form::kThing, "created"},
                                                           {Form::kThing, "updated"},
                                                           {Form::kThing, "deleted"},
                                                           {Form::kOffer, "assigned to"},
                                                           {Form::kAnswer, "accepted by"},
                                                           {Form::kAnswer, "rejected by"},
                                                           {Form::kReservation, "timed out"},
                                                           {Form::kReservation, "canceled"},
                                                           {Form::kReservation, "rescinded"},
                                                           {Form::kReservation, "completed"},
                                                           {Form::kReservation, "failed"},
                                                           {Form::kReservation, "moved to wrapup"},
                                                           {Form::kTask, "created"},
                                                           {Form::kTask, "updated"},
                                                           {Form::kTask, "canceled"},
                                                           {Form::kTask, "moved to wrapup"},
                                                           {Form::kTask, "completed"},
                                                           {Form::kTask, "deleted"},
                                                           {Form::kTask, "deleted by the system"},
                                                           {Form::kTransfer, "initiated"},
                                                           {Form::kTransfer, "attempt failed"},
                                                           {Form::kTransfer, "failed"},
                                                           {Form::kTransfer, "canceled"},
                                                           {Form::kTransfer, "completed"},
                                                           {Form::kThing, "created"},
                                                           {Form::kThing, "updated"},
                                                           {Form::kThing, "deleted"},
                                                           {Form::kThing, "created"},
                                                           {Form::kThing, "deleted"},
                                                           {Form::kExpression, "expression updated to"},
                                                           {Form::kTaskQueue, "entered"},
                                                           {Form::kTaskQueue, "timed out in"},
                                                           {Form::kTaskQueue, "moved out of"},
                                                           {Form::kWorker, "created"},
                                                           {Form::kActivity, "updated to"},
                                                           {Form::kWorker, "attributes updated"},
                                                           {Form::kWorker, "deleted"},
                                                           {Form::kCapacity, "capacity updated to"},
                                                           {Form::kChannel, "updated to"},
                                                           {Form::kThing, "created"},
                                                           {Form::kThing, "updated"},
                                                           {Form::kThing, "deleted"},
                                                           {Form::kWorkflow, "matched a target of"},
                                                           {Form::kWorkflow, "entered"},
                                                           {Form::kWorkflow, "timed out in"},
                                                           {Form::kWorkflow, "skipped the last target of"},
                                                           {Form::kThing, "created"},
                                                           {Form::kThing, "updated"},
                                                           {Form::kThing, "deleted"}}};

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
  const auto [form, words] = kPhrases[static_cast<std::size_t>(h.type)];
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
