#include "codec/event_members.h"

#include <string>

#include "base/strings.h"
#include "codec/event_extra.h"

namespace waybill::codec {
namespace {

constexpr std::array<std::string_view, kMemberCount> kMemberKeys = {R"({"sid":)",
                                                                    R"(,"url":)",
                                                                    R"(,"source":)",
                                                                    R"(,"actor_sid":)",
                                                                    R"(,"actor_url":)",
                                                                    R"(,"actor_type":)",
                                                                    R"(,"event_data":)",
                                                                    R"(,"event_date":)",
                                                                    R"(,"event_type":)",
                                                                    R"(,"account_sid":)",
                                                                    R"(,"description":)",
                                                                    R"(,"resource_sid":)",
                                                                    R"(,"resource_url":)",
                                                                    R"(,"event_date_ms":)",
                                                                    R"(,"resource_type":)",
                                                                    R"(,"workspace_sid":)",
                                                                    R"(,"source_ip_address":)"};

constexpr std::array<std::string_view, kDataMemberCount> kDataNames = {
    "task_sid",        "worker_sid",       "task_queue_sid",           "workflow_sid",
    "reservation_sid", "task_channel_sid", "task_channel_unique_name", "task_attributes",
    "workspace_name"};

// A bit for each length that a name of event_data which we look for has: most names there are of no interest, and few
// pass this.
constexpr std::uint64_t kDataNameLengths = [] {
  std::uint64_t bits = 0;
  for (const std::string_view name : kDataNames) bits |= std::uint64_t{1} << name.size();
  return bits;
}();

constexpr std::string_view name_at(std::size_t member) {
  return kMemberKeys[member].substr(2, kMemberKeys[member].size() - 4);
}

// The index of the member of that name, kMemberCount if there is none. Most events come in the documented order, so
// the search begins behind the member before.
std::size_t find_member(std::string_view name, std::size_t expected) {
  for (std::size_t i = expected; i < kMemberCount; ++i) {
    if (name_at(i) == name) return i;
  }
  for (std::size_t i = 0; i < expected; ++i) {
    if (name_at(i) == name) return i;
  }
  return kMemberCount;
}

base::Error unknown_member(std::string_view name) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < kMemberCount; ++i) known.emplace_back(name_at(i));
  const auto meant = base::nearest(name, known);
  return base::invalid_argument(base::quoted_for_message(name) + ": is no member of an event" +
                                (meant ? "; did you mean " + *meant + "?" : std::string()));
}

// Goes to the end of event_data.
void locate_data(MemberScanner& scan, EventMembers& event) {
  while (scan.next()) {
    const auto member = find_data_member(scan.name());
    if (!member) continue;
    CheckedJson& place = event.data[static_cast<std::size_t>(*member)];
    if (!place.text().empty() && *member != DataMember::kWorkspaceName && !event.data_twice) event.data_twice = member;
    place = scan.value();
  }
}

}  // namespace

std::string_view key_of(Member member) { return kMemberKeys[static_cast<std::size_t>(member)]; }
std::string_view name_of(Member member) { return name_at(static_cast<std::size_t>(member)); }
std::string_view name_of(DataMember member) { return kDataNames[static_cast<std::size_t>(member)]; }

std::optional<DataMember> find_data_member(std::string_view name) {
  if (name.size() >= 64 || (kDataNameLengths >> name.size() & 1U) == 0) return std::nullopt;
  for (std::size_t i = 0; i < kDataMemberCount; ++i) {
    if (name == kDataNames[i]) return static_cast<DataMember>(i);
  }
  return std::nullopt;
}

base::Result<EventMembers> locate_members(CheckedJson event, Rules rules) {
  if (!event.is_object()) return base::invalid_argument("an event must be a JSON object");
  EventMembers out;
  std::size_t expected = 0;
  for (MemberScanner scan(event); scan.next_name();) {
    const std::size_t i = find_member(scan.name(), expected);
    if (i == kMemberCount) {
      if (rules == Rules::kStrict && scan.name() != kExtraMember) return unknown_member(scan.name());
      std::string name(scan.name());
      scan.skip_value();
      out.others.emplace_back(std::move(name), scan.value());
      continue;
    }
    CheckedJson& place = out.members[i];
    if (!place.text().empty()) {
      if (rules == Rules::kStrict) return base::invalid_argument(std::string(name_at(i)) + ": stands there twice");
      if (static_cast<Member>(i) == Member::kEventData) {
        out.data = {};
        out.data_twice.reset();
      }
    }
    if (static_cast<Member>(i) == Member::kEventData && scan.value_is_object()) {
      MemberScanner data = scan.inside();
      locate_data(data, out);
      scan.skip_value_of(data);
    } else {
      scan.skip_value();
    }
    place = scan.value();
    expected = i + 1;
  }
  return out;
}

void locate_data_members(EventMembers& event) {
  event.data = {};
  event.data_twice.reset();
  MemberScanner scan(event[Member::kEventData]);
  locate_data(scan, event);
}

}  // namespace waybill::codec
