#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waybill::api {

// Why a webhook's request, or an element of it, was not taken.
enum class WebhookReject : std::uint8_t {
  kNoSignature,
  kNoBodyHash,
  kWrongBodyHash,
  kWrongSignature,
  kUnknownAccount,  // no account of that sid here, or a disabled one
  kBadBody,         // no form, no JSON, another content type
  kBadEvent,        // an event that breaks a rule
  kNotStored,       // the disk, or the queue before it, did not take it
};
constexpr std::size_t kWebhookRejects = 8;

// `wrong_signature` and so on.
std::string_view to_text(WebhookReject reject);

// How many of each there were since the start. Safe for concurrent use.
class WebhookRejectCounts {
 public:
  void count(WebhookReject reject) {
    counts_[static_cast<std::size_t>(reject)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t of(WebhookReject reject) const {
    return counts_[static_cast<std::size_t>(reject)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kWebhookRejects> counts_{};
};

}  // namespace waybill::api
