#include "app/environment.h"

#include <string_view>
#include <utility>

#include <unistd.h>

#include "base/strings.h"

namespace waybill::app {

Environment Environment::of_process() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

std::optional<std::string> Environment::find(const std::string& name) const {
  const auto at = variables_.find(name);
  return at == variables_.end() || at->second.empty() ? std::nullopt : std::optional(at->second);
}

std::optional<std::string> Environment::find_trimmed(const std::string& name) const {
  const auto value = find(name);
  const std::string trimmed(base::trim(value.value_or("")));
  return trimmed.empty() ? std::nullopt : std::optional(trimmed);
}

}  // namespace waybill::app
