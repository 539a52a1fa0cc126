#include "app/service_links.h"

#include <cstddef>

namespace waybill::app {
namespace {

// Whether a text is 8080_TCP, or that with _PROTO, _PORT or _ADDR behind it.
bool is_port_of_link(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return false;
  text.remove_prefix(digits);
  for (const std::string_view protocol : {"_TCP", "_UDP", "_SCTP"}) {
    if (!text.starts_with(protocol)) continue;
    const std::string_view rest = text.substr(protocol.size());
    return rest.empty() || rest == "_PROTO" || rest == "_PORT" || rest == "_ADDR";
  }
  return false;
}

}  // namespace

bool is_service_link(std::string_view name, std::string_view value) {
  constexpr std::string_view kServicePort = "_SERVICE_PORT";
  constexpr std::string_view kPort = "_PORT_";
  if (name.ends_with("_SERVICE_HOST")) return true;
  if (const std::size_t at = name.find(kServicePort); at != std::string_view::npos) {
    const std::string_view rest = name.substr(at + kServicePort.size());
    if (rest.empty() || rest.starts_with('_')) return true;
  }
  for (std::size_t at = name.find(kPort); at != std::string_view::npos; at = name.find(kPort, at + 1)) {
    if (is_port_of_link(name.substr(at + kPort.size()))) return true;
  }
  return name.ends_with("_PORT") && value.find("://") != std::string_view::npos;
}

}  // namespace waybill::app
