#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace waybill::cli {

// The command of that name directly below `app`; null if there is none.
const CLI::App* find_command(const CLI::App& app, std::string_view word);

// What is wrong with a command line, and where it is explained.
struct WrongUsage {
  std::string message;  // names the word, and the one that was probably meant
  std::string command;  // whose --help shows what it takes: "waybill import"
};

// Explains what the parser of `app` refused with `error`. An unknown command or option is named even where the parser
// stumbled over another fault first, such as a required option that the misspelt one should have been.
WrongUsage explain_wrong_usage(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv);

}  // namespace waybill::cli
