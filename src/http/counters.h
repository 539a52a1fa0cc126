#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waybill::http {

// What a server counts: what came in, and whatever it had to refuse or give up.
enum class ServerEvent {
  kAccepted,              // a connection
  kRefusedInAll,          // a connection beyond connections_max
  kRefusedForAddress,     // a connection beyond connections_per_address_max
  kRefusedWhileStopping,  // a request on a connection that came after the server began to stop
  kHandshakeFailed,       // no TLS came about
  kIdleClosed,            // a connection that asked nothing for too long
  kHeadersTimedOut,
  kBodyTimedOut,
  kRequestTimedOut,  // the handler took too long
  kWriteTimedOut,    // a client that does not read its answer
  kHeadersTooLarge,  // the target too
  kBodyTooLarge,
  kBodyRefused,    // the bodies of all connections together were too much
  kAnswerRefused,  // the answers that wait for their clients were
};
constexpr std::size_t kServerEventCount = static_cast<std::size_t>(ServerEvent::kAnswerRefused) + 1;

// `refused_in_all` for kRefusedInAll; what a metric calls it.
std::string_view to_text(ServerEvent event);

// How often each has happened. Safe for concurrent use.
class ServerCounters {
 public:
  void count(ServerEvent event) { counts_[static_cast<std::size_t>(event)].fetch_add(1, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t of(ServerEvent event) const {
    return counts_[static_cast<std::size_t>(event)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kServerEventCount> counts_{};
};

}  // namespace waybill::http
