#include "cli/act_as_owner.h"

#include <cstdio>
#include <string>

#include "app/privileges.h"

namespace waybill::cli {

base::Result<void> act_as_owner(const std::filesystem::path& data) {
  TRY_ASSIGN(const std::string told, app::become_owner(data));
  if (!told.empty()) std::fputs(("waybill: " + told + "\n").c_str(), stderr);
  return app::check_ownership(data);
}

}  // namespace waybill::cli
