#include "api/public_base.h"

#include <algorithm>
#include <array>
#include <optional>

#include <arpa/inet.h>

#include "base/strings.h"

namespace waybill::api {
namespace {

constexpr std::size_t kIpv4Bytes = 4;
constexpr std::string_view kMappedPrefix("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
constexpr std::int64_t kMappedBits = 96;  // of a range's length, where its address is an IPv4 one inside IPv6

// The bytes of an address, nothing if it is none.
std::optional<std::string> address_bytes(std::string_view text) {
  std::array<char, 16> bytes{};
  const std::string terminated(text);
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return std::string(bytes.data(), kIpv4Bytes);
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
  std::string out(bytes.data(), bytes.size());
  return out.starts_with(kMappedPrefix) ? out.substr(kMappedPrefix.size()) : out;
}

// A proxy appends to the list, so the first value is the one nearest to the client.
std::string first_of_list(std::string_view header) { return std::string(base::trim(base::split(header, ',').front())); }

bool can_be_authority(std::string_view host) {
  constexpr std::string_view kOthers = "-._~:[]%";
  return !host.empty() && std::all_of(host.begin(), host.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool names_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}

// What a proxy that was reached on `port` adds to a host without one: nothing for a standard port, which nobody writes.
// A proxy behind another one that ended TLS says 80 for https.
std::string port_suffix(std::string_view port) {
  constexpr std::int64_t kPortMax = 65'535;
  const auto number = base::parse_int(first_of_list(port));
  if (!number || *number < 1 || *number > kPortMax || *number == 80 || *number == 443) return "";
  return ":" + std::to_string(*number);
}

}  // namespace

base::Result<AddressRange> AddressRange::parse(std::string_view text) {
  const auto refused = [&] {
    return base::invalid_argument(base::quoted_for_message(text) + " is no address and no range such as 10.0.0.0/8");
  };
  const auto pieces = base::split(text, '/');
  auto bytes = address_bytes(pieces.front());
  if (!bytes || pieces.size() > 2) return refused();
  AddressRange range;
  range.bytes_ = *std::move(bytes);
  range.prefix_bits_ = range.bytes_.size() * 8;
  if (pieces.size() == 1) return range;
  const bool is_mapped = range.bytes_.size() == kIpv4Bytes && pieces.front().find(':') != std::string_view::npos;
  const std::int64_t bits = base::parse_int(pieces[1]).value_or(-1) - (is_mapped ? kMappedBits : 0);
  if (bits < 0 || static_cast<std::size_t>(bits) > range.prefix_bits_) return refused();
  range.prefix_bits_ = static_cast<std::size_t>(bits);
  return range;
}

bool AddressRange::contains(std::string_view address) const {
  const auto bytes = address_bytes(address);
  if (!bytes || bytes->size() != bytes_.size()) return false;
  for (std::size_t bit = 0; bit < prefix_bits_; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((static_cast<unsigned char>((*bytes)[bit / 8]) ^ static_cast<unsigned char>(bytes_[bit / 8])) & mask) != 0) {
      return false;
    }
  }
  return true;
}

bool is_trusted_proxy(const PublicBaseSettings& settings, const std::string& address) {
  return std::any_of(settings.trusted_proxies.begin(), settings.trusted_proxies.end(),
                     [&](const AddressRange& range) { return range.contains(address); });
}

std::string client_network(const PublicBaseSettings& settings, const http::Request& request) {
  constexpr std::size_t kNetworkBytes = 8;
  std::string address = request.peer_address;
  const auto forwarded = request.header("X-Forwarded-For");
  std::string_view list = forwarded.value_or("");
  // Each proxy has appended whom it heard; what stands before the first stranger may be made up.
  while (is_trusted_proxy(settings, address) && !list.empty()) {
    const std::size_t comma = list.rfind(',');
    address = base::trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  }
  return address_bytes(address).value_or("").substr(0, kNetworkBytes);
}

ApiResult<std::string> public_base(const PublicBaseSettings& settings, const http::Request& request) {
  if (!request.tunnel_host.empty()) return "https://" + request.tunnel_host;
  if (!settings.public_url.empty()) return settings.public_url;
  std::string scheme = request.is_encrypted ? "https" : "http";
  std::string_view host_header = "Host";
  std::string host(request.header("Host").value_or("localhost"));
  if (is_trusted_proxy(settings, request.peer_address)) {
    if (const auto proto = request.header("X-Forwarded-Proto")) {
      scheme = base::equals_ignoring_case(first_of_list(*proto), "https") ? "https" : "http";
    }
    if (const auto forwarded = request.header("X-Forwarded-Host")) {
      host_header = "X-Forwarded-Host";
      host = first_of_list(*forwarded);
    }
    const auto port = request.header("X-Forwarded-Port");
    if (port && !host.empty() && !names_port(host)) host += port_suffix(*port);
  }
  if (!can_be_authority(host)) {
    return invalid_parameter(std::string(host_header) + ": " + base::quoted_for_message(host) +
                             " cannot stand in a URL");
  }
  return scheme + "://" + host;
}

}  // namespace waybill::api
