#pragma once

#include <filesystem>

#include "app/settings.h"
#include "base/result.h"
#include "cli/commands.h"

namespace waybill::cli {

// The settings file that is meant: as named, or by WAYBILL_CONFIG; empty: none.
std::filesystem::path settings_file(const ServeOptions& options, const Process& process);

// The settings of a server that is started like that. Errors as read_settings_file and resolve_settings.
base::Result<app::Settings> read_settings(const ServeOptions& options, const Process& process);

}  // namespace waybill::cli
