#include "http/date.h"

#include <string>

#include <curl/curl.h>

#include "base/strings.h"

namespace waybill::http {

std::optional<base::WallTime> parse_date(std::string_view text) {
  // curl takes a bare number for a day of some year; no form of HTTP begins with a digit.
  const std::string trimmed(base::trim(text));
  if (trimmed.empty() || (trimmed.front() >= '0' && trimmed.front() <= '9')) return std::nullopt;
  const std::time_t seconds = curl_getdate(trimmed.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return base::WallTime(std::chrono::seconds(seconds));
}

}  // namespace waybill::http
