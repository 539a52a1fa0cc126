#pragma once

#include <filesystem>
#include <string>

#include "app/environment.h"
#include "base/result.h"

namespace waybill::app {

// Who asks an upstream, as HTTP Basic has it.
struct UpstreamCredentials {
  std::string user;
  std::string password;
};

// From the lines NAME=value of a file, or where `file` is empty from the environment: TWILIO_API_KEY and
// TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. kInvalidArgument, naming what is missing and never a
// value, where neither pair is whole.
base::Result<UpstreamCredentials> read_upstream_credentials(const Environment& environment,
                                                            const std::filesystem::path& file);

}  // namespace waybill::app
