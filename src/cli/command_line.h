#pragma once

#include "cli/commands.h"

namespace waybill::cli {

// Reads the command line, runs the command it names and returns the process's exit status: 0, 1 if the command failed
// (the reason is on standard error), 2 if the command line is wrong.
int run_command_line(int argc, char** argv, const Process& process);

}  // namespace waybill::cli
