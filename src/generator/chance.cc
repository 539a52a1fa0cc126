#include "generator/chance.h"

#include <algorithm>
#include <array>

namespace waybill::generator {
namespace {

// -ln(1 - k/64) in thousandths, k = 0…64; the end, which is infinite, is cut where the mean stays 1.
constexpr unsigned kSteps = 64;
constexpr std::array<std::int64_t, kSteps + 1> kExponential = {
    0,    16,   32,   48,   65,   81,   98,   116,  134,  152,  170,  189,  208,  227,  247,  267,  288,
    309,  330,  352,  375,  398,  421,  445,  470,  495,  521,  548,  575,  604,  633,  662,  693,  725,
    758,  792,  827,  863,  901,  940,  981,  1023, 1068, 1114, 1163, 1214, 1269, 1326, 1386, 1451, 1520,
    1594, 1674, 1761, 1856, 1962, 2079, 2213, 2367, 2549, 2773, 3060, 3466, 4159, 6000};

// The weight of the first rank, large enough for the ten-thousandth to have one.
constexpr std::uint64_t kFirstWeight = 1'000'000;
// Zipf's law from its third word on: with the very first ones a single queue would take half of everything.
constexpr std::uint64_t kRanksSkipped = 2;

}  // namespace

Moment skewed(base::SeededRandom& random, Moment mean) {
  const std::uint64_t word = random.next();
  const auto step = static_cast<std::size_t>(word >> 58U);
  const auto within = static_cast<std::int64_t>((word >> 42U) & 0xffffU);
  const std::int64_t low = kExponential[step];
  const std::int64_t thousandths = low + (kExponential[step + 1] - low) * within / 0x10000;
  return mean * thousandths / 1000;
}

Moment between(base::SeededRandom& random, Moment low, Moment high) {
  return Moment(random.between(low.count(), high.count()));
}

Skew::Skew(std::size_t count_max) {
  cumulative_.reserve(count_max);
  std::uint64_t sum = 0;
  for (std::size_t rank = 0; rank < count_max; ++rank) {
    sum += kFirstWeight / (rank + 1 + kRanksSkipped);
    cumulative_.push_back(sum);
  }
}

std::size_t Skew::draw(base::SeededRandom& random, std::size_t count) const {
  CHECK(count >= 1 && count <= cumulative_.size());
  const auto end = cumulative_.begin() + static_cast<std::ptrdiff_t>(count);
  const std::uint64_t at = random.below(cumulative_[count - 1]);
  return static_cast<std::size_t>(std::upper_bound(cumulative_.begin(), end, at) - cumulative_.begin());
}

}  // namespace waybill::generator
