#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace waybill::http {

// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

// Undoes percent-encoding; a '+' stays. kInvalidArgument for a '%' without two hex digits.
base::Result<std::string> percent_decode(std::string_view text);

using Parameters = std::vector<std::pair<std::string, std::string>>;

// Name and value pairs of a query or a form body (application/x-www-form-urlencoded), decoded, in the order they stand:
// '+' is a blank, a name without '=' has an empty value, empty pieces are skipped. kInvalidArgument as above.
base::Result<Parameters> parse_form(std::string_view text);

// The same of a sender who cannot be corrected: a '%' without two hex digits stands for itself.
Parameters read_form(std::string_view text);

// The other way round, with %20 for a blank.
std::string encode_form(const Parameters& parameters);

// The parts of an absolute http or https URL.
struct Url {
  std::string scheme;     // lower case
  std::string authority;  // as written: host, or host:port
  std::string path;       // as written, with the query; "/" if there is none
};

// kInvalidArgument for anything but an absolute http or https URL with a host, without user information.
base::Result<Url> parse_url(std::string_view text);

}  // namespace waybill::http
