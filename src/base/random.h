#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace waybill::base {

// Where unpredictable bytes come from. Safe for concurrent use by multiple threads.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  // Fills `out` with random bytes.
  virtual void fill(std::span<std::uint8_t> out) = 0;

  // N random bytes.
  template <std::size_t N>
  std::array<std::uint8_t, N> bytes() {
    std::array<std::uint8_t, N> out{};
    fill(out);
    return out;
  }
};

// The operating system's generator, fit for secrets. Ends the process if the system has none to give.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// xoshiro256** (Blackman and Vigna, 2018): fast, repeatable from its seed, no use for secrets. The same seed
// gives the same numbers on every machine, and every distribution below is spelled out here for the same
// reason (those of <random> differ between libraries). Not for concurrent use.
class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed);

  std::uint64_t next();
  // Uniform in [0, bound). REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [low, high]. REQUIRES: low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high);
  // True with the given chance in [0, 1].
  bool chance(double probability);
  // Uniform in [0, 1).
  double unit();
  void fill(std::span<std::uint8_t> out);

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace waybill::base
