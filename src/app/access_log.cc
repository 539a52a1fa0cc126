#include "app/access_log.h"

#include <string>

namespace waybill::app {
namespace {

// No path that leads anywhere is longer.
constexpr std::size_t kPathBytesMax = 256;

std::string or_none(std::string_view text) { return text.empty() ? "-" : std::string(text); }

}  // namespace

void AccessLog::note(const http::Answered& answered) const {
  constexpr int kErrorFrom = 400;
  switch (lines_.load(std::memory_order_relaxed)) {
    case AccessLines::kNone: return;
    case AccessLines::kErrors:
      if (answered.status < kErrorFrom && answered.is_whole) return;
      break;
    case AccessLines::kAll: break;
  }
  const double ms = std::chrono::duration<double, std::milli>(answered.took).count();
  log_.frequent("request", {{"request", std::string(answered.request_id)},
                            {"method", or_none(answered.method)},
                            {"path", or_none(answered.path.substr(0, kPathBytesMax))},
                            {"status", answered.status},
                            {"bytes", answered.bytes},
                            {"ms", ms},
                            {"peer", std::string(answered.peer_address)},
                            {"caller", or_none(answered.remark)},
                            {"sent", answered.is_whole ? "whole" : "cut"}});
}

}  // namespace waybill::app
