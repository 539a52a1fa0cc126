#include "base/random.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/check.h"

namespace waybill::base {
namespace {

// SplitMix64: spreads one seed over the generator's state.
std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

}  // namespace

// Each call of the library costs a system call and several locks, so a thread asks for many bytes at once. What was
// given out is wiped, so that no secret stays behind.
void SystemRandom::fill(std::span<std::uint8_t> out) {
  struct Store {
    std::array<std::uint8_t, 1024> bytes{};
    std::size_t used = sizeof bytes;
  };
  static thread_local Store store;
  while (!out.empty()) {
    if (store.used == store.bytes.size()) {
      CHECK(RAND_bytes(store.bytes.data(), static_cast<int>(store.bytes.size())) == 1);
      store.used = 0;
    }
    const std::size_t count = std::min(out.size(), store.bytes.size() - store.used);
    std::uint8_t* const from = store.bytes.data() + store.used;
    std::copy_n(from, count, out.data());
    OPENSSL_cleanse(from, count);
    store.used += count;
    out = out.subspan(count);
  }
}

SeededRandom::SeededRandom(std::uint64_t seed) : state_{} {
  for (std::uint64_t& word : state_) word = split_mix(seed);
}

std::uint64_t SeededRandom::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t SeededRandom::below(std::uint64_t bound) {
  CHECK(bound > 0);
  // Multiply-shift; its bias is below 2^-64 of the bound, which no test of ours could see.
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64U);
}

std::int64_t SeededRandom::between(std::int64_t low, std::int64_t high) {
  CHECK(low <= high);
  // Unsigned, because the distance between two signed numbers may need the 64th bit; zero stands for 2^64.
  const auto start = static_cast<std::uint64_t>(low);
  const std::uint64_t width = static_cast<std::uint64_t>(high) - start + 1;
  return static_cast<std::int64_t>(start + (width == 0 ? next() : below(width)));
}

bool SeededRandom::chance(double probability) { return unit() < probability; }

double SeededRandom::unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

void SeededRandom::fill(std::span<std::uint8_t> out) {
  for (std::size_t at = 0; at < out.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = next();
    std::memcpy(out.data() + at, &word, std::min(sizeof word, out.size() - at));
  }
}

}  // namespace waybill::base
