#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_scan.h"

namespace waybill::codec {

// Whether two records of the same event sid tell different stories. The order of members and the spelling of escapes do
// not count; every value does, but for what the roads differ in by themselves: members of the event or of its
// event_data that one of them lacks or has as null, source_ip_address, task attributes that one of them has redacted,
// and attributes whose texts are the same JSON. Their extras are not compared; nor does it count how often U+FFFD
// stands in a row, whether a truth value is `False` or `false`, and what stands before the last member of a name. A
// record that cannot be read differs from everything.
bool events_differ(std::string_view record_a, std::string_view record_b);

// A place at which two events differ in the sense of events_differ.
struct EventDifference {
  std::string path;  // JSON Pointer (RFC 6901); it goes on into attributes, whose texts are JSON themselves
  std::string a;     // JSON; empty: not there
  std::string b;
};

// A long name in front of many small differences would otherwise be told with each of them.
constexpr std::size_t kDifferencesBytesMax = 1024UL * 1024;

// All places at which two events in JSON differ, in the order of the first; none if they do not. An array is one place.
// Where places and values together would be longer than kDifferencesBytesMax, the events differ in one place, which is
// the whole of them (an empty path).
std::vector<EventDifference> differences_of(CheckedJson a, CheckedJson b);

}  // namespace waybill::codec
