#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "codec/json_scan.h"
#include "codec/rules.h"

namespace waybill::codec {

// The seventeen members of an event, in the order of the documented example (ListEvent, response example 200).
enum class Member : std::uint8_t {
  kSid,
  kUrl,
  kSource,
  kActorSid,
  kActorUrl,
  kActorType,
  kEventData,
  kEventDate,
  kEventType,
  kAccountSid,
  kDescription,
  kResourceSid,
  kResourceUrl,
  kEventDateMs,
  kResourceType,
  kWorkspaceSid,
  kSourceIpAddress,
};
constexpr std::size_t kMemberCount = 17;

// The members of event_data that something is done with. All others are kept as they are.
enum class DataMember : std::uint8_t {
  kTaskSid,
  kWorkerSid,
  kTaskQueueSid,
  kWorkflowSid,
  kReservationSid,
  kTaskChannelSid,
  kTaskChannelUniqueName,
  kTaskAttributes,
  kWorkspaceName,
};
constexpr std::size_t kDataMemberCount = 9;

// A member's key as an event's JSON has it, from what separates it from the member before to its colon.
std::string_view key_of(Member member);
std::string_view name_of(Member member);
std::string_view name_of(DataMember member);
// The member of event_data of that name; nothing if it is one of the others.
std::optional<DataMember> find_data_member(std::string_view name);

// Where the values of an event's members stand; an empty text for those that are missing.
struct EventMembers {
  std::array<CheckedJson, kMemberCount> members;
  std::array<CheckedJson, kDataMemberCount> data;  // empty if event_data is no object
  // The first member of event_data that stands there twice. workspace_name may: its last value counts.
  std::optional<DataMember> data_twice;
  // Members that events do not have, in their order; and the extra that an export wrote.
  std::vector<std::pair<std::string, CheckedJson>> others;

  [[nodiscard]] CheckedJson operator[](Member member) const { return members[static_cast<std::size_t>(member)]; }
  [[nodiscard]] CheckedJson operator[](DataMember member) const { return data[static_cast<std::size_t>(member)]; }
};

// kInvalidArgument for what is no object. By kStrict also for what has a member that events do not have (but for
// kExtraMember), or one of them twice; by kLenient the last of a name counts.
base::Result<EventMembers> locate_members(CheckedJson event, Rules rules = Rules::kStrict);

// Locates the members of event_data. REQUIRES: event[Member::kEventData] is an object.
void locate_data_members(EventMembers& event);

}  // namespace waybill::codec
