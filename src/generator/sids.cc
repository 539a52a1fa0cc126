#include "generator/sids.h"

#include "base/bytes.h"

namespace waybill::generator {
namespace {

constexpr std::array<std::string_view, kKindCount> kPrefixes = {"AC", "WA", "CA", "EV", "OU", "WR", "WT",
                                                                "TC", "WQ", "TT", "WK", "WW", "WS"};

// Keeps the numbers that make up a sid apart from those for the rest of the thing's text.
constexpr std::uint64_t kSidsOnly = 0x8000'0000'0000'0000U;

}  // namespace

Sids::Sids(std::uint64_t seed) : bases_{} {
  base::SeededRandom random(seed);
  for (std::uint64_t& base : bases_) base = random.next();
}

std::string Sids::text(Kind kind, std::uint64_t number) const {
  std::array<std::uint8_t, 16> bytes{};
  random(kind, number ^ kSidsOnly).fill(bytes);
  return std::string(kPrefixes[static_cast<std::size_t>(kind)]) + base::to_hex(bytes);
}

base::SeededRandom Sids::random(Kind kind, std::uint64_t number) const {
  return base::SeededRandom(bases_[static_cast<std::size_t>(kind)] ^ number);
}

}  // namespace waybill::generator
