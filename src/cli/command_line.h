#pragma once

#include "cli/commands.h"

namespace waybill::cli {

// Reads the command line, runs the command it names and returns the process's exit status: 0, 2 if what it was given
// is wrong, 1 if it failed otherwise. The reason stands on standard error.
int run_command_line(int argc, char** argv, const Process& process);

}  // namespace waybill::cli
