#include "app/kill_point.h"

#include <atomic>
#include <cstdint>
#include <memory>

#include <signal.h>

#include "base/strings.h"

namespace waybill::app {

base::Result<std::function<void(std::string_view)>> make_kill_point(const std::string& text) {
  constexpr std::int64_t kTimesMax = 1'000'000;
  const std::size_t colon = text.find(':');
  const auto times = colon == std::string::npos ? 1 : base::parse_int(text.substr(colon + 1));
  if (colon == 0 || !times || *times < 1 || *times > kTimesMax) {
    return base::invalid_argument("must be STEP, or STEP:N with N from 1 to 1000000");
  }
  const auto left = std::make_shared<std::atomic<std::int64_t>>(*times);
  return std::function<void(std::string_view)>([step = text.substr(0, colon), left](std::string_view reached) {
    if (reached == step && left->fetch_sub(1) == 1) raise(SIGKILL);
  });
}

}  // namespace waybill::app
