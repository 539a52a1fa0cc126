#include "cli/describe.h"

#include <utility>

#include "cli/json_member.h"
#include "codec/event_json.h"
#include "codec/json_scan.h"
#include "codec/record.h"

namespace waybill::cli {
base::Result<store::EventDescription> describe_record(std::string_view record) {
  TRY_ASSIGN(codec::RecordDescription described, codec::describe_record(record));
  std::string json;
  TRY(codec::append_shown(json, record, "", codec::TaskAttributes::kShown));
  codec::JsonChecker checker;
  TRY_ASSIGN(const codec::CheckedJson event, checker.check(json, codec::kStoredNestingMax));
  return store::EventDescription{described.sid, described.time, std::move(described.terms),
                                 text_member(event, "account_sid"), text_member(event, "workspace_sid")};
}

}  // namespace waybill::cli
