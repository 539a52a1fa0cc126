#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::app {

// For tests: ends this process without a warning at a named step of the store (LocalOptions::at_step). `STEP` means the
// first time it is reached, `STEP:N` the N-th. kInvalidArgument for anything else. What it gives is safe for concurrent
// use.
base::Result<std::function<void(std::string_view)>> make_kill_point(const std::string& text);

}  // namespace waybill::app
