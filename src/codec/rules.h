#pragma once

#include <cstdint>

namespace waybill::codec {

// By which rules an event is read. codec/members_by_rule.h says what each means member by member.
enum class Rules : std::uint8_t {
  // For what a person's script sends: a name that is no member, a member of another type, a value that breaks its
  // member's rule, or a name that stands there twice refuses the event, so that the mistake is noticed.
  kStrict,
  // For what a service or a file brings that nobody can correct: the event is stored, and what its members cannot hold
  // is kept beside them (codec/event_extra.h). Only what has no sid, no time or no workspace is refused.
  kLenient,
};

}  // namespace waybill::codec
