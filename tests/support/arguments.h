#pragma once

#include <cstdint>
#include <string_view>

#include "base/strings.h"

namespace waybill::testing {

// The number behind `flag` on a command line.
inline std::uint64_t number_behind(int argc, char** argv, std::string_view flag, std::uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == flag) return static_cast<std::uint64_t>(base::parse_int(argv[i + 1]).value());
  }
  return otherwise;
}

}  // namespace waybill::testing
