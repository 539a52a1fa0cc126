#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/error_response.h"
#include "base/result.h"
#include "http/message.h"

namespace waybill::api {

// A range of addresses, such as 10.0.0.0/8, ::1 or 192.0.2.7.
class AddressRange {
 public:
  // kInvalidArgument for anything else.
  static base::Result<AddressRange> parse(std::string_view text);

  // False for what is no address. An IPv4 address inside IPv6 (::ffff:10.0.0.1) counts as the IPv4 address.
  [[nodiscard]] bool contains(std::string_view address) const;

 private:
  std::string bytes_;  // 4 or 16
  std::size_t prefix_bits_ = 0;
};

// How the server is reached from outside.
struct PublicBaseSettings {
  std::string public_url;                     // scheme and authority, and a path if need be; empty: take the request's
  std::vector<AddressRange> trusted_proxies;  // whose X-Forwarded-* are believed
};

bool is_trusted_proxy(const PublicBaseSettings& settings, const std::string& address);

// What tells clients apart by where they are: the bytes of an IPv4 address, or the 64 bits of an IPv6 one that name a
// network. It is the address of the other end, or behind trusted proxies the last of X-Forwarded-For that is none.
std::string client_network(const PublicBaseSettings& settings, const http::Request& request);

// The scheme, authority and path that the URLs of an answer begin with, without a slash at the end: the host that a
// client of the client proxy believes it speaks to, so that it comes back that way; else the setting, else
// what a trusted proxy says (X-Forwarded-Proto, X-Forwarded-Host, and X-Forwarded-Port where the host names no port),
// else how the request came and its Host header. 400 for a Host that could not stand in a URL.
ApiResult<std::string> public_base(const PublicBaseSettings& settings, const http::Request& request);

}  // namespace waybill::api
