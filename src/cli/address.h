#pragma once

#include <string>

#include "cli/commands.h"

namespace waybill::cli {

// WAYBILL_URL, the server that is meant where a command names none; empty if it is not set.
std::string default_url(const Process& process);

// `options` with WAYBILL_URL as its url, where they name neither a server nor a data directory.
template <class Options>
Options with_default_url(Options options, const Process& process) {
  if (options.url.empty() && options.data.empty()) options.url = default_url(process);
  return options;
}

}  // namespace waybill::cli
