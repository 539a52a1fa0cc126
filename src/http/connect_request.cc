#include "http/connect_request.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"

namespace waybill::http {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";

bool is_method(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

ConnectRequest malformed(std::string why) { return {ConnectRequest::State::kMalformed, "", "", std::move(why)}; }

}  // namespace

ConnectRequest read_connect(std::string_view bytes, std::string_view target, std::size_t bytes_max) {
  const std::size_t end = bytes.find(kEnd);
  if (end == std::string_view::npos) {
    if (bytes.size() < bytes_max) return {};
    return malformed("The request line and the headers are too long.");
  }
  const auto line = base::split(bytes.substr(0, bytes.find("\r\n")), ' ');
  if (line.size() != 3 || line[1].empty() || !is_method(line[0]) || !line[2].starts_with("HTTP/1.")) {
    return malformed("A proxy is asked with CONNECT HOST:PORT HTTP/1.1.");
  }
  ConnectRequest request;
  request.method = line[0];
  request.asked = base::quoted_for_message(line[1]);
  if (request.method != "CONNECT" || !base::equals_ignoring_case(line[1], target)) {
    request.state = ConnectRequest::State::kRefused;
    request.why = "This proxy leads to " + std::string(target) + " and nowhere else; " + request.method + " " +
                  request.asked + " is refused.";
    return request;
  }
  if (end + kEnd.size() < bytes.size()) return malformed("Something follows CONNECT before it was answered.");
  request.state = ConnectRequest::State::kForTarget;
  return request;
}

}  // namespace waybill::http
