#include "app/setting_values.h"

#include <optional>

#include "base/age_text.h"
#include "base/strings.h"

namespace waybill::app {

using base::invalid_argument;
using base::Result;

Result<void> set_number(std::size_t& place, const std::string& value, std::int64_t low, std::int64_t high) {
  const auto number = base::parse_int(value);
  if (!number || *number < low || *number > high) {
    return invalid_argument("must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  place = static_cast<std::size_t>(*number);
  return {};
}

Result<void> set_time(std::chrono::milliseconds& place, const std::string& value, std::int64_t least) {
  TRY_ASSIGN(place, base::parse_time_limit(value, std::chrono::milliseconds(least)));
  return {};
}

Result<void> set_switch(bool& place, const std::string& value) {
  if (value != "true" && value != "false") return invalid_argument("must be true or false");
  place = value == "true";
  return {};
}

Result<void> set_address(std::string& host, std::uint16_t& port, const std::string& value) {
  const std::size_t colon = value.rfind(':');
  const auto number = colon == std::string::npos ? std::nullopt : base::parse_int(value.substr(colon + 1));
  if (!number || *number < 0 || *number > 65'535 || colon == 0) {
    return invalid_argument("must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:0");
  }
  host = value.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  port = static_cast<std::uint16_t>(*number);
  return {};
}

}  // namespace waybill::app
