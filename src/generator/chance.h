#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "generator/calendar.h"

namespace waybill::generator {

// A duration with the given mean, shaped as waiting times are: mostly shorter, now and then five times as long.
// Integers only, so that every machine draws the same.
Moment skewed(base::SeededRandom& random, Moment mean);

// Uniform between both, ends included. REQUIRES: low <= high.
Moment between(base::SeededRandom& random, Moment low, Moment high);

// One of `choices`, each as likely as the other. REQUIRES: there is one.
template <class T>
const T& pick(base::SeededRandom& random, std::span<const T> choices) {
  CHECK(!choices.empty());
  return choices[random.below(choices.size())];
}

// Draws ranks as Zipf found them: the first is far more likely than the tenth. Immutable.
class Skew {
 public:
  // For lists of up to `count_max` things.
  explicit Skew(std::size_t count_max);

  // A rank below `count`. REQUIRES: 1 <= count <= count_max.
  std::size_t draw(base::SeededRandom& random, std::size_t count) const;

 private:
  std::vector<std::uint64_t> cumulative_;
};

}  // namespace waybill::generator
