#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace waybill::store {

// A copy of a known event that says something else.
struct KeptVariant {
  std::string_view workspace_sid;  // as first written
  base::WallTime arrived;
  std::string_view record;
};

// Visits the variants of a data directory, also while a server holds it, in the order in which they arrived; those of
// one workspace, or of all if `workspace_sid` is empty. What a visit is shown lives until it returns. A visit's error
// ends the walk and is returned; else errors as open_existing_database, and kCorruption.
base::Result<void> visit_variants(const std::filesystem::path& folder, std::string_view workspace_sid,
                                  const std::function<base::Result<void>(const KeptVariant&)>& visit);

}  // namespace waybill::store
