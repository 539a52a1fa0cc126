#include <cstdio>

#include "base/time_text.h"
#include "cli/commands.h"
#include "codec/json_writer.h"
#include "codec/record.h"
#include "model/sid.h"
#include "store/local/variant_listing.h"

namespace waybill::cli {

base::Result<void> run_variants(const VariantsOptions& options, const Process&) {
  if (!options.workspace_sid.empty()) {
    const auto sid = model::WorkspaceSid::parse(options.workspace_sid);
    if (!sid) return sid.error().while_doing("--workspace");
  }
  return store::visit_variants(
      options.data, options.workspace_sid, [](const store::KeptVariant& variant) -> base::Result<void> {
        std::string event;
        TRY(codec::append_shown(event, variant.record, "", codec::TaskAttributes::kShown));
        std::string line;
        codec::JsonWriter out(line);
        out.begin_object().member("workspace_sid", variant.workspace_sid);
        out.member("date_arrived", base::to_millisecond_text(variant.arrived)).key("event").raw(event).end_object();
        std::fputs((line + "\n").c_str(), stdout);
        return {};
      });
}

}  // namespace waybill::cli
