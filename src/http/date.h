#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace waybill::http {

// The time that a header such as Date or Retry-After names, in any of the three forms of RFC 9110; nothing for what is
// no date.
std::optional<base::WallTime> parse_date(std::string_view text);

}  // namespace waybill::http
