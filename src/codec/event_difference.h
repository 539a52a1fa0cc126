#pragma once

#include <string_view>

namespace waybill::codec {

// Whether two records of the same event sid tell different stories. The order of members and the spelling of escapes do
// not count; every value does, but for what the roads differ in by themselves: members of the event or of its
// event_data that one of them lacks or has as null, source_ip_address, task attributes that one of them has redacted,
// and attributes whose texts are the same JSON. A record that cannot be read differs from everything.
bool events_differ(std::string_view record_a, std::string_view record_b);

}  // namespace waybill::codec
