#include "api/self_description.h"

#include <utility>

#include "base/strings.h"
#include "codec/json_writer.h"

namespace waybill::api {
namespace {

// What a client sent may be no text at all.
std::string shown(std::string_view value) {
  return base::is_utf8(value) ? std::string(value) : base::quoted_for_message(value);
}

}  // namespace

void SelfDescription::set_settings(std::map<std::string, std::string> settings) {
  const base::MutexLock lock(mutex_);
  settings_ = std::move(settings);
}

ApiResult<http::Response> SelfDescription::describe(const Context& context) const {
  constexpr std::pair<const char*, const char*> kHeaders[] = {{"host", "Host"},
                                                              {"x_forwarded_for", "X-Forwarded-For"},
                                                              {"x_forwarded_host", "X-Forwarded-Host"},
                                                              {"x_forwarded_proto", "X-Forwarded-Proto"},
                                                              {"x_forwarded_port", "X-Forwarded-Port"},
                                                              {"forwarded", "Forwarded"},
                                                              {"via", "Via"}};
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("request").begin_object();
  out.member("peer_address", context.request.peer_address);
  out.key("encrypted").boolean(context.request.is_encrypted);
  out.key("trusted_proxy").boolean(is_trusted_proxy(public_base_, context.request.peer_address));
  out.member("public_base", context.public_base);
  for (const auto& [name, header] : kHeaders) {
    const auto value = context.request.header(header);
    out.key(name);
    value ? out.text(shown(*value)) : out.null();
  }
  out.end_object().key("settings").begin_object();
  {
    const base::MutexLock lock(mutex_);
    for (const auto& [name, value] : settings_) out.member(name, shown(value));
  }
  out.end_object().end_object();
  return json_response(200, std::move(body));
}

ApiResult<http::Response> SelfDescription::recent_lines() const {
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object().key("lines").begin_array();
  for (const std::string& line : log_.recent_lines()) out.text(shown(line));
  out.end_array().end_object();
  return json_response(200, std::move(body));
}

}  // namespace waybill::api
