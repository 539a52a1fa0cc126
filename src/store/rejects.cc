#include "store/rejects.h"

namespace waybill::store {

std::string_view to_text(RejectRoad road) {
  switch (road) {
    case RejectRoad::kPost: return "post";
    case RejectRoad::kCallback: return "callback";
    case RejectRoad::kEventStream: return "event-streams";
    case RejectRoad::kPull: return "pull";
    case RejectRoad::kImport: return "import";
  }
  return "";
}

std::optional<RejectRoad> parse_reject_road(std::string_view text) {
  for (const RejectRoad road : kAllRejectRoads) {
    if (text == to_text(road)) return road;
  }
  // As the metrics have it.
  if (text == "event_stream") return RejectRoad::kEventStream;
  return std::nullopt;
}

std::string_view to_text(RejectForm form) {
  switch (form) {
    case RejectForm::kJson: return "json";
    case RejectForm::kForm: return "form";
    case RejectForm::kCloudEvent: return "cloudevent";
  }
  return "";
}

}  // namespace waybill::store
