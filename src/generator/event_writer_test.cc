#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "generator/event_stream.h"
#include "generator/testing/json_members.h"

namespace waybill::generator {
namespace {

// The first lines of a stream, as every test here reads them: all types are among them.
const std::vector<std::string>& lines() {
  static const std::vector<std::string> kLines = [] {
    Settings settings;
    settings.events = 5'000;
    settings.start = base::from_ms(1'790'000'000'250);
    std::vector<std::string> out;
    EventStream stream(settings);
    for (std::string line; stream.next(line);) out.push_back(line);
    return out;
  }();
  return kLines;
}

// What the documentation's table says is in the event_data of each type, its groups spelled out.
constexpr std::array<std::string_view, 7> kTask = {"task_sid",
                                                   "task_attributes",
                                                   "task_age",
                                                   "task_priority",
                                                   "task_assignment_status",
                                                   "task_canceled_reason",
                                                   "task_completed_reason"};
constexpr std::array<std::string_view, 7> kWorker = {"worker_sid",          "worker_name",          "worker_attributes",
                                                     "worker_activity_sid", "worker_activity_name", "worker_version",
                                                     "operating_unit_sid"};
constexpr std::array<std::string_view, 6> kChannel = {
    "worker_channel_available", "worker_channel_available_capacity", "worker_channel_previous_capacity",
    "task_channel_sid",         "task_channel_unique_name",          "worker_channel_task_count"};

struct Documented {
  std::string_view type;
  std::string_view groups;  // T task, W worker, C channel
  std::vector<std::string_view> keys;
};

const std::vector<Documented>& documented() {
  static const std::vector<Documented> kTable = {
      {"activity.created", "", {"activity_sid", "activity_name", "activity_available"}},
      {"activity.updated", "", {"activity_sid", "activity_name", "activity_available"}},
      {"activity.deleted", "", {"activity_sid", "activity_name", "activity_available"}},
      {"reservation.created", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.accepted", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.rejected", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.timeout", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.canceled", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.rescinded", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.completed", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.failed", "T", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"reservation.wrapup", "TW", {"task_queue_sid", "reservation_sid", "workflow_sid"}},
      {"task.created", "T", {"workflow_sid"}},
      {"task.updated", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.canceled", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.wrapup", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.completed", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.deleted", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.system-deleted", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.transfer-initiated", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.transfer-attempt-failed", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.transfer-failed", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.transfer-canceled", "T", {"task_queue_sid", "workflow_sid"}},
      {"task.transfer-completed", "T", {"task_queue_sid", "workflow_sid"}},
      {"task-channel.created",
       "",
       {"task_channel_sid", "task_channel_name", "task_channel_unique_name", "task_channel_optimized_routing"}},
      {"task-channel.updated",
       "",
       {"task_channel_sid", "task_channel_name", "task_channel_unique_name", "task_channel_optimized_routing"}},
      {"task-channel.deleted",
       "",
       {"task_channel_sid", "task_channel_name", "task_channel_unique_name", "task_channel_optimized_routing"}},
      {"task-queue.created",
       "",
       {"task_queue_sid", "task_queue_name", "task_queue_target_expression", "operating_unit_sid"}},
      {"task-queue.deleted", "", {"task_queue_sid", "task_queue_name", "task_queue_target_expression"}},
      {"task-queue.expression.updated", "", {"task_queue_sid", "task_queue_target_expression"}},
      {"task-queue.entered", "T", {"task_queue_sid", "workflow_sid"}},
      {"task-queue.timeout", "T", {"task_queue_sid", "workflow_sid"}},
      {"task-queue.moved", "T", {"task_queue_sid", "workflow_sid"}},
      {"worker.created", "W", {}},
      {"worker.activity.update",
       "W",
       {"worker_time_in_previous_activity", "worker_time_in_previous_activity_ms", "worker_previous_activity_sid"}},
      {"worker.attributes.update", "W", {}},
      {"worker.deleted", "W", {}},
      {"worker.capacity.update", "WC", {}},
      {"worker.channel.availability.update", "WC", {}},
      {"workflow.created", "", {"workflow_sid", "workflow_name"}},
      {"workflow.updated", "", {"workflow_sid", "workflow_name"}},
      {"workflow.deleted", "", {"workflow_sid", "workflow_name"}},
      {"workflow.target-matched", "T", {"workflow_sid"}},
      {"workflow.entered", "T", {"workflow_sid"}},
      {"workflow.timeout", "T", {"workflow_sid"}},
      {"workflow.skipped", "T", {"workflow_sid"}},
      {"workspace.created", "", {}},
      {"workspace.updated", "", {}},
      {"workspace.deleted", "", {}},
  };
  return kTable;
}

std::set<std::string_view> documented_keys(const Documented& row) {
  std::set<std::string_view> keys(row.keys.begin(), row.keys.end());
  keys.insert({"workspace_sid", "workspace_name"});
  if (row.groups.find('T') != std::string_view::npos) keys.insert(kTask.begin(), kTask.end());
  if (row.groups.find('W') != std::string_view::npos) keys.insert(kWorker.begin(), kWorker.end());
  if (row.groups.find('C') != std::string_view::npos) keys.insert(kChannel.begin(), kChannel.end());
  return keys;
}

TEST(EventWriter, EveryLineHasTheSeventeenMembersInTheirOrder) {
  constexpr std::array<std::string_view, 17> kMembers = {
      "sid",          "url",           "source",        "actor_sid",     "actor_url",        "actor_type",
      "event_data",   "event_date",    "event_type",    "account_sid",   "description",      "resource_sid",
      "resource_url", "event_date_ms", "resource_type", "workspace_sid", "source_ip_address"};
  for (const std::string& line : lines()) {
    const auto members = members_of(line);
    ASSERT_EQ(members.size(), kMembers.size()) << line;
    for (std::size_t i = 0; i < kMembers.size(); ++i) ASSERT_EQ(members[i].first, kMembers[i]) << line;
  }
}

TEST(EventWriter, EventDataHasAllDocumentedKeysOfItsTypeAndOnlyStrings) {
  std::map<std::string_view, std::set<std::string_view>> wanted;
  for (const Documented& row : documented()) wanted[row.type] = documented_keys(row);
  ASSERT_EQ(wanted.size(), kEventTypeCount);
  for (const std::string& line : lines()) {
    std::set<std::string_view> missing = wanted.at(member_of(line, "event_type"));
    std::set<std::string_view> seen;
    for (const auto& [name, value] : members_of(member_of(line, "event_data"))) {
      ASSERT_TRUE(seen.insert(name).second) << name << " twice in " << line;
      ASSERT_TRUE(value.starts_with('"') && value.ends_with('"')) << line;
      missing.erase(name);
    }
    ASSERT_TRUE(missing.empty()) << *missing.begin() << " is missing in " << line;
  }
}

TEST(EventWriter, TheDateIsTheWholeSecondOfTheMilliseconds) {
  for (const std::string& line : lines()) {
    const std::string ms(member_of(line, "event_date_ms"));
    ASSERT_EQ(member_of(line, "event_date"), base::to_second_text(base::from_ms(std::stoll(ms)))) << line;
  }
}

// `text` with every hexadecimal digit that may be of a sid's last 32 replaced by x.
std::string shape_of(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789abcdef", at), text.size());
    if (end - at == 32) {
      out += 'x';
    } else {
      out += text.substr(at, std::max<std::size_t>(end - at, 1));
    }
    at = std::max(end, at + 1);
  }
  return out;
}

TEST(EventWriter, ResourcesLieWhereTheirTypeSaysInTheWorkspace) {
  const std::map<std::string_view, std::pair<std::string_view, std::string_view>> places = {
      {"activity", {"WAx", "/Activities/WAx"}},  {"reservation", {"WRx", "/Tasks/WTx/Reservations/WRx"}},
      {"task", {"WTx", "/Tasks/WTx"}},           {"taskchannel", {"TCx", "/TaskChannels/TCx"}},
      {"taskqueue", {"WQx", "/TaskQueues/WQx"}}, {"worker", {"WKx", "/Workers/WKx"}},
      {"workflow", {"WWx", "/Workflows/WWx"}},   {"workspace", {"WSx", ""}}};
  std::set<std::string_view> seen;
  for (const std::string& line : lines()) {
    const std::string_view type = member_of(line, "resource_type");
    const auto& [sid, path] = places.at(type);
    ASSERT_EQ(shape_of(member_of(line, "resource_sid")), sid) << line;
    ASSERT_EQ(shape_of(member_of(line, "resource_url")),
              "https://taskrouter.twilio.com/v1/Workspaces/WSx" + std::string(path))
        << line;
    ASSERT_TRUE(member_of(line, "resource_url").ends_with(member_of(line, "resource_sid"))) << line;
    seen.insert(type);
  }
  EXPECT_EQ(seen.size(), places.size());
}

TEST(EventWriter, EveryEventIsOfTheOneWorkspace) {
  const std::string_view workspace = member_of(lines().front(), "workspace_sid");
  const std::string url = "https://taskrouter.twilio.com/v1/Workspaces/" + std::string(workspace);
  for (const std::string& line : lines()) {
    ASSERT_EQ(member_of(line, "workspace_sid"), workspace);
    ASSERT_EQ(member_of(line, "actor_sid"), workspace);
    ASSERT_EQ(member_of(line, "actor_type"), "workspace");
    ASSERT_EQ(member_of(line, "actor_url"), url);
    ASSERT_EQ(member_of(line, "source"), "twilio");
    ASSERT_EQ(member_of(line, "url"), url + "/Events/" + std::string(member_of(line, "sid")));
  }
}

TEST(EventWriter, DescriptionsAreThoseOfTheServiceWhereTheyAreKnown) {
  for (const std::string& line : lines()) {
    const std::string_view type = member_of(line, "event_type");
    const std::string_view data = member_of(line, "event_data");
    const auto text = [data](std::string_view name) { return std::string(member_of(data, name)); };
    const std::string_view description = member_of(line, "description");
    if (type == "worker.activity.update") {
      ASSERT_EQ(description,
                "Worker " + text("worker_name") + " updated to " + text("worker_activity_name") + " Activity");
    } else if (type == "reservation.created") {
      ASSERT_EQ(description, "Task " + text("task_sid") + " assigned to Worker " + text("worker_name") +
                                 " with Reservation " + text("reservation_sid"));
    } else if (type == "task-queue.created") {
      ASSERT_EQ(description, "TaskQueue " + text("task_queue_sid") + " created");
    } else if (type == "task-queue.expression.updated") {
      ASSERT_EQ(description, "TaskQueue " + text("task_queue_sid") + " expression updated to '" +
                                 text("task_queue_target_expression") + "'");
    } else if (type == "task.canceled" && text("task_canceled_reason") == "Task TTL Exceeded") {
      ASSERT_EQ(description, "Task TTL Exceeded");
    }
    ASSERT_FALSE(description.empty());
  }
}

TEST(EventWriter, NobodysRealNumberOrAddressIsNamed) {
  std::set<std::string> phone_numbers;
  for (const std::string& line : lines()) {
    for (std::size_t at = line.find("\"+"); at != std::string::npos; at = line.find("\"+", at + 1)) {
      const std::string number = line.substr(at + 1, 12);
      ASSERT_EQ(number.substr(0, 2), "+1") << line;
      ASSERT_EQ(number.substr(5, 5), "55501") << line;
      phone_numbers.insert(number);
    }
    const std::string_view address = member_of(line, "source_ip_address");
    ASSERT_TRUE(address.starts_with("192.0.2.") || address.starts_with("198.51.100.") ||
                address.starts_with("203.0.113."))
        << line;
  }
  EXPECT_GT(phone_numbers.size(), 100U);
}

TEST(EventWriter, WhatItWritesDoesNotDependOnWhatItWroteBefore) {
  Settings settings;
  const ContactCentre centre(settings);
  Simulation simulation(centre, settings.seed, settings.size.tasks_per_hour);
  EventWriter used(centre, settings.start);
  std::string line;
  std::string again;
  for (int i = 0; i < 5'000; ++i) {
    const Happening happening = simulation.next();
    used.write(happening, line);
    if (i % 10 != 0) continue;
    EventWriter fresh(centre, settings.start);
    fresh.write(happening, again);
    ASSERT_EQ(line, again);
  }
}

}  // namespace
}  // namespace waybill::generator
