#include "cli/version.h"

#include "store/local/schema.h"

namespace waybill::cli {

// WAYBILL_VERSION and WAYBILL_BUILD_TYPE come from CMake; WAYBILL_COMMIT too, and is "unknown" outside of a repository.
std::string version_text() { return "waybill " WAYBILL_VERSION; }

std::string version_number() { return WAYBILL_VERSION; }

std::string build_facts() {
  return version_text() +
         "\ncommit " WAYBILL_COMMIT "\ncompiler " __VERSION__ ", " WAYBILL_BUILD_TYPE "\nformat of waybill.db " +
         std::to_string(store::kDatabaseFormat) + "\n";
}

}  // namespace waybill::cli
