#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/event_members.h"
#include "codec/json_scan.h"

namespace waybill::transfer {

// The member of an event that another program's spelling means: eventDateMs, EventDateMs, "Event Date Ms",
// EVENT_DATE_MS. Nothing for a name that means none.
std::optional<codec::Member> find_member_spelled(std::string_view name);

// Objects as the official libraries write them out, whose members have names such as eventDateMs. Not for concurrent
// use.
class LibraryObjects {
 public:
  // The event with the API's names in place of a library's, in this object's memory until its next call; a date that is
  // PHP's DateTime becomes a text, every other value stays as it is. Nothing if `text` is no such object.
  std::optional<std::string_view> translate(std::string_view text);

 private:
  codec::JsonChecker checker_;
  std::string event_;
};

}  // namespace waybill::transfer
