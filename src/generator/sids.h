#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"

namespace waybill::generator {

// Whatever is numbered and has a sid, or other text, of its own.
enum class Kind : std::uint8_t {
  kAccount,
  kActivity,
  kCall,
  kEvent,
  kOperatingUnit,
  kReservation,
  kTask,
  kTaskChannel,
  kTaskQueue,
  kTransfer,
  kWorker,
  kWorkflow,
  kWorkspace,
};
inline constexpr std::size_t kKindCount = 13;

// Everything that looks random in the text of a stream. It follows from the seed, the kind of a thing and its number
// alone, never from what was asked before: who skips the text of some events gets the same text for all others.
// Immutable.
class Sids {
 public:
  explicit Sids(std::uint64_t seed);

  // Two letters and 32 lower-case hex digits.
  [[nodiscard]] std::string text(Kind kind, std::uint64_t number) const;

  // Chance for the rest of what belongs to that thing.
  [[nodiscard]] base::SeededRandom random(Kind kind, std::uint64_t number) const;

 private:
  std::array<std::uint64_t, kKindCount> bases_;
};

}  // namespace waybill::generator
