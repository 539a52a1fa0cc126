#include "api/reject_keeping.h"

#include <algorithm>
#include <utility>

#include "store/reject_rules.h"

namespace waybill::api {
namespace {

constexpr std::size_t kLinesMax = 20;

}  // namespace

// What is quoted may hold quotes itself.
std::string without_quoted(std::string_view message) {
  const std::size_t first = message.find('\'');
  const std::size_t last = message.rfind('\'');
  if (first == last) return std::string(message.substr(0, first));
  return std::string(message.substr(0, first)) + "'…'" + std::string(message.substr(last + 1));
}

KeptElement kept_element(base::WallTime arrived, const std::string& peer_address, std::size_t index,
                         const std::string& id, std::string_view text) {
  KeptElement element;
  element.index = index;
  element.event_id = id;
  store::Reject& reject = element.reject;
  reject.road = store::RejectRoad::kEventStream;
  reject.form = store::RejectForm::kCloudEvent;
  reject.arrived = arrived;
  reject.origin = peer_address;
  reject.place = "event " + std::to_string(index);
  reject.body = text;
  return element;
}

base::Result<std::vector<std::uint64_t>> keep_for_feed(store::Rejects& rejects, std::span<const store::Reject> some) {
  auto kept = rejects.keep(some);
  if (!kept && kept.error().code() == base::ErrorCode::kStorageFull) return base::busy(kept.error().message());
  return kept;
}

base::Result<void> keep_aside(const KeepingParts& parts, std::span<KeptElement> elements) {
  std::vector<store::Reject> rejects;
  rejects.reserve(elements.size());
  for (const KeptElement& element : elements) rejects.push_back(element.reject);
  TRY_ASSIGN(const std::vector<std::uint64_t> numbers, keep_for_feed(parts.rejects, rejects));
  for (std::size_t i = 0; i < elements.size(); ++i) elements[i].reject.number = numbers[i];
  for (const KeptElement& element : elements.first(std::min(elements.size(), kLinesMax))) {
    parts.logger.warning("event of a webhook rejected and kept aside",
                         {{"request", parts.request_id},
                          {"road", std::string(store::to_text(element.reject.road))},
                          {"index", element.index},
                          {"event", store::tidied_text(element.event_id)},
                          {"problem", store::tidied_text(without_quoted(element.reject.problem))},
                          {"number", element.reject.number},
                          {"status", parts.status}});
  }
  if (elements.size() > kLinesMax) {
    parts.logger.warning(
        "more events of the same webhook kept aside",
        {{"request", parts.request_id}, {"events", elements.size() - kLinesMax}, {"status", parts.status}});
  }
  return {};
}

}  // namespace waybill::api
