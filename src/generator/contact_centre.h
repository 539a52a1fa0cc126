#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "generator/chance.h"
#include "generator/settings.h"
#include "generator/sids.h"

namespace waybill::generator {

// Places in the lists of a ContactCentre.
enum class ActivityId : std::uint32_t { kOffline, kAvailable, kUnavailable, kBreak, kLunch };
enum class ChannelId : std::uint32_t {};
enum class QueueId : std::uint32_t {};
enum class WorkerId : std::uint32_t {};
enum class WorkflowId : std::uint32_t {};

template <class Id>
constexpr std::size_t index_of(Id id) {
  return static_cast<std::size_t>(id);
}

inline constexpr std::size_t kActivityCount = 5;
inline constexpr std::size_t kChannelsMax = 15;

// The workers with whom the routing is tried out before the doors open: the first ones.
inline constexpr std::size_t kCrewMax = 6;

// When a worker's day begins.
enum class Shift : std::uint8_t { kEarly, kDay, kLate, kNight };

struct Activity {
  std::string sid;
  std::string name;
  bool available = false;
};

struct Channel {
  std::string sid;
  std::string name;
  std::string unique_name;
  int capacity = 1;  // how many tasks of it one worker has at once
};

struct Queue {
  std::string sid;
  std::string name;
  std::string skill;              // what its workers have
  std::string target_expression;  // which says so
  std::vector<WorkerId> members;  // never empty
};

struct Workflow {
  std::string sid;
  std::string name;
  std::vector<QueueId> fallbacks;  // where a task goes that nobody took in time; two
};

struct Worker {
  std::string sid;
  std::string name;
  std::string attributes_head;  // see attributes_of: all before the level
  int level = 1;                // when hired
  Shift shift = Shift::kEarly;
  std::string ip_address;
};

// The cast of a stream: who and what there is all the time. Made from the settings alone; does not change.
struct ContactCentre {
  explicit ContactCentre(const Settings& settings);

  Sids sids;
  std::string account_sid;
  std::string workspace_sid;
  std::string workspace_name;
  std::string operating_unit_sid;
  std::array<Activity, kActivityCount> activities;
  std::vector<Channel> channels;
  std::vector<Queue> queues;
  std::vector<Workflow> workflows;
  std::vector<Worker> workers;

  // How unevenly tasks spread over any of these lists: the first of each is the favourite.
  Skew skew;

  [[nodiscard]] const Activity& operator[](ActivityId id) const { return activities[index_of(id)]; }
  [[nodiscard]] const Channel& operator[](ChannelId id) const { return channels[index_of(id)]; }
  [[nodiscard]] const Queue& operator[](QueueId id) const { return queues[index_of(id)]; }
  [[nodiscard]] const Worker& operator[](WorkerId id) const { return workers[index_of(id)]; }
  [[nodiscard]] const Workflow& operator[](WorkflowId id) const { return workflows[index_of(id)]; }
};

// What may come and go besides the cast: the thing of its kind with that number. Numbers below the count of the cast
// name the cast itself.
Activity activity_numbered(const ContactCentre& centre, std::uint64_t number);
Channel channel_numbered(const ContactCentre& centre, std::uint64_t number);
Queue queue_numbered(const ContactCentre& centre, std::uint64_t number);
Workflow workflow_numbered(const ContactCentre& centre, std::uint64_t number);
Worker worker_numbered(const ContactCentre& centre, std::uint64_t number);

// The attributes of a worker: JSON text inside a JSON string, quotes included.
std::string attributes_of(const Worker& worker, int level);

}  // namespace waybill::generator
