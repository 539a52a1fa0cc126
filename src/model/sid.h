#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace waybill::model {

// The 16 bytes that the 32 hex digits of a sid stand for. Hex case does not matter for matching, so it is not kept
// here; a stored event keeps the text it came with.
using SidBytes = std::array<std::uint8_t, 16>;

constexpr std::size_t kSidLength = 34;

// A sid of one kind: two letters, then 32 hex digits in either case. `Kind` gives the letters. Value type; a TaskSid
// is not a WorkerSid, and text enters by parse() alone.
template <class Kind>
class Sid {
 public:
  // kInvalidArgument, naming the pattern, for anything else. The two letters count in their case.
  static base::Result<Sid> parse(std::string_view text) {
    SidBytes bytes;
    if (text.size() != kSidLength || !text.starts_with(Kind::kPrefix) || !base::from_hex(text.substr(2), bytes)) {
      return base::invalid_argument("must match ^" + std::string(Kind::kPrefix) + "[0-9a-fA-F]{32}$");
    }
    return Sid(bytes);
  }

  explicit constexpr Sid(const SidBytes& bytes) : bytes_(bytes) {}

  [[nodiscard]] const SidBytes& bytes() const { return bytes_; }

  // With lower-case digits.
  [[nodiscard]] std::string to_text() const { return std::string(Kind::kPrefix) + base::to_hex(bytes_); }

  friend auto operator<=>(const Sid&, const Sid&) = default;

 private:
  SidBytes bytes_;
};

// clang-format off
struct AccountKind     { static constexpr std::string_view kPrefix = "AC"; };
struct ApiKeyKind      { static constexpr std::string_view kPrefix = "SK"; };
struct EventKind       { static constexpr std::string_view kPrefix = "EV"; };
struct RequestKind     { static constexpr std::string_view kPrefix = "RQ"; };
struct ReservationKind { static constexpr std::string_view kPrefix = "WR"; };
struct TaskChannelKind { static constexpr std::string_view kPrefix = "TC"; };
struct TaskKind        { static constexpr std::string_view kPrefix = "WT"; };
struct TaskQueueKind   { static constexpr std::string_view kPrefix = "WQ"; };
struct WorkerKind      { static constexpr std::string_view kPrefix = "WK"; };
struct WorkflowKind    { static constexpr std::string_view kPrefix = "WW"; };
struct WorkspaceKind   { static constexpr std::string_view kPrefix = "WS"; };
// clang-format on

using AccountSid = Sid<AccountKind>;
using ApiKeySid = Sid<ApiKeyKind>;
using EventSid = Sid<EventKind>;
using RequestSid = Sid<RequestKind>;
using ReservationSid = Sid<ReservationKind>;
using TaskChannelSid = Sid<TaskChannelKind>;
using TaskSid = Sid<TaskKind>;
using TaskQueueSid = Sid<TaskQueueKind>;
using WorkerSid = Sid<WorkerKind>;
using WorkflowSid = Sid<WorkflowKind>;
using WorkspaceSid = Sid<WorkspaceKind>;

// Whether `text` is a sid of any kind: ^[a-zA-Z]{2}[0-9a-fA-F]{32}$.
bool is_any_sid(std::string_view text);

}  // namespace waybill::model
