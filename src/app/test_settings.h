#pragma once

#include <array>
#include <string>

#include "app/environment.h"
#include "app/settings.h"
#include "base/result.h"

namespace waybill::app {

// What only the environment sets, and only tests set there: they make the store seal after few events, or soon after
// the last, remove what has expired sooner, end the process at a named step, and have room to keep few elements aside.
extern const std::array<std::string, 5> kTestVariables;

// kInvalidArgument, naming variable and value, for a value that is none.
base::Result<void> apply_test_variables(Settings& settings, const Environment& environment);

}  // namespace waybill::app
