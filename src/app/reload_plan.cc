#include "app/reload_plan.h"

#include <optional>

#include "app/settings.h"

namespace waybill::app {
namespace {

using Given = std::map<std::string, std::string>;

std::optional<std::string> find(const Given& given, const std::string& name) {
  const auto at = given.find(name);
  return at == given.end() ? std::nullopt : std::optional(at->second);
}

void append(std::string& list, const std::string& name) { list += (list.empty() ? "" : ",") + name; }

}  // namespace

ReloadPlan plan_reload(const Given& old_given, const Given& new_given, CertificateChange certificate) {
  ReloadPlan plan;
  plan.in_force = old_given;
  for (const SettingInfo& info : settings_table()) {
    const auto before = find(old_given, info.name);
    const auto after = find(new_given, info.name);
    if (before == after) continue;
    const bool is_certificate = info.name == "tls-certificate" || info.name == "tls-key";
    if (!info.reloads || (is_certificate && certificate == CertificateChange::kAtStart)) {
      append(plan.for_a_start, info.name);
      continue;
    }
    append(plan.changed, info.name);
    plan.in_force.erase(info.name);
    if (after) plan.in_force.emplace(info.name, *after);
  }
  return plan;
}

}  // namespace waybill::app
