#include "store/local/variant_listing.h"

#include "base/strings.h"
#include "sqlite/connection.h"
#include "store/local/schema.h"

namespace waybill::store {

base::Result<void> visit_variants(const std::filesystem::path& folder, std::string_view workspace_sid,
                                  const std::function<base::Result<void>(const KeptVariant&)>& visit) {
  TRY_ASSIGN(sqlite::Connection connection, open_existing_database(folder, {}));
  TRY_ASSIGN(sqlite::Statement select,
             connection.prepare("SELECT workspaces.sid_text, variants.arrived_ms, variants.record FROM variants "
                                "JOIN workspaces ON workspaces.number = variants.workspace ORDER BY variants.number"));
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return {};
    const std::string_view workspace = select.bytes(0);
    if (!workspace_sid.empty() && !base::equals_ignoring_case(workspace, workspace_sid)) continue;
    TRY(visit({workspace, base::from_ms(select.integer(1)), select.bytes(2)}));
  }
}

}  // namespace waybill::store
