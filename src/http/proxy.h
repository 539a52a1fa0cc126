#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/url.h"

namespace waybill::http {

// Where requests go to be passed on.
struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // the value of Proxy-Authorization; empty: none
  friend bool operator==(const Proxy&, const Proxy&) = default;
};

// The value of an environment variable, or nothing.
using Variables = std::function<std::optional<std::string>(const char* name)>;

// The proxy that the usual variables name for a URL, or none: `http_proxy`, or `https_proxy` and `HTTPS_PROXY`; then
// `all_proxy` and `ALL_PROXY`; unless `no_proxy` or `NO_PROXY` lists the host, a domain that it lies in, or `*`.
// (`HTTP_PROXY` does not count: a web server may set it to what a client sent.) kInvalidArgument, naming the variable
// and never its value, for what is no http proxy.
base::Result<std::optional<Proxy>> proxy_of(const Url& url, const Variables& variables);

// Host and port of a URL's authority; the scheme's port where it names none. The host is without brackets. REQUIRES:
// the URL came from parse_url.
struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};
HostAndPort host_and_port(const Url& url);

}  // namespace waybill::http
