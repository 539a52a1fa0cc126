#pragma once

#include <string>

#include "base/result.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace waybill::cli {

// A script that completes the commands and options of `app` in a shell: bash, zsh or fish. It knows them as they are
// now and asks the program nothing. kInvalidArgument for another shell.
base::Result<std::string> completion_script(const CLI::App& app, const std::string& shell);

}  // namespace waybill::cli
