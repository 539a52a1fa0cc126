#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"

namespace waybill::base {

using Sha1 = std::array<std::uint8_t, 20>;
using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
// The same of bytes that come piece by piece. Not for concurrent use.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();

  void append(std::string_view bytes);
  // Of all that was appended. REQUIRES: nothing is asked of the stream afterwards.
  [[nodiscard]] Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
// For what others sign with it; nothing of ours does.
Sha1 hmac_sha1(std::string_view key, std::string_view bytes);

// 128 random bits as 32 hex digits: an Auth Token, an API key's secret, the administrator's token.
std::string new_secret(Random& random);

// Whether two secrets are equal, in a time that depends on their lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// XXH3: fast, for tables in memory and checksums; whoever knows the seed can make two inputs collide.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace waybill::base
