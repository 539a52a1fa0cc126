#include "cli/read_settings.h"

#include <map>
#include <string>

namespace waybill::cli {

std::filesystem::path settings_file(const ServeOptions& options, const Process& process) {
  if (!options.config.empty()) return options.config;
  return process.environment.find("WAYBILL_CONFIG").value_or("");
}

base::Result<app::Settings> read_settings(const ServeOptions& options, const Process& process) {
  std::map<std::string, std::string> file;
  if (const std::filesystem::path config = settings_file(options, process); !config.empty()) {
    TRY_ASSIGN(file, app::read_settings_file(config));
  }
  return app::resolve_settings(options.flags, process.environment, file);
}

}  // namespace waybill::cli
