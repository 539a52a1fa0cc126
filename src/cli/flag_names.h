#pragma once

#include <string>

namespace waybill::cli {

// A message about parameters of the HTTP API ("AccountSid: is needed …") as one about the flags that a person typed
// ("--account: is needed …"). Any other message stays as it is.
std::string with_flag_names(const std::string& message);

}  // namespace waybill::cli
