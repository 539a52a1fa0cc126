#include "app/shown_settings.h"

#include "app/settings.h"
#include "base/strings.h"
#include "http/url.h"
#include "relay/poster.h"

namespace waybill::app {
namespace {

std::string hosts_of(const std::string& urls) {
  std::string out;
  for (const std::string_view piece : base::split(urls, ',')) {
    const auto receiver = relay::parse_receiver(base::trim(piece));
    if (!receiver) continue;
    const auto url = http::parse_url(receiver->url);
    if (!url) continue;
    if (!out.empty()) out += ',';
    out += url->scheme + "://" + url->authority + "/…";
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> shown_settings(const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> shown = given;
  for (const SettingInfo& info : settings_table()) {
    const auto at = shown.find(info.name);
    if (at == shown.end()) continue;
    if (info.secret) {
      at->second = "(given, and secret)";
    } else if (info.name == "forward") {
      at->second = hosts_of(at->second);
    }
  }
  return shown;
}

}  // namespace waybill::app
