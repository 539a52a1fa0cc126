#pragma once

#include <string_view>

namespace waybill::codec {

// Whether two records of the same event sid tell different stories. The order of members and the spelling of escapes
// do not count; every value does. A record that cannot be read differs from everything.
bool events_differ(std::string_view record_a, std::string_view record_b);

}  // namespace waybill::codec
