#pragma once

#include <string>

namespace waybill::cli {

// The release, as `waybill --version` prints it.
std::string version_text();

// The release alone, such as 0.1.0.
std::string version_number();

// The same with what it was built from and with, and the formats it writes; a line each.
std::string build_facts();

}  // namespace waybill::cli
