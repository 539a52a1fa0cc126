#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <xxhash.h>

#include "base/bytes.h"
#include "base/check.h"

namespace waybill::base {

Sha256 sha256(std::string_view bytes) {
  Sha256 out{};
  CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return out;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 out{};
  unsigned length = 0;
  const auto in = as_bytes(bytes);
  // An empty view may point nowhere, and OpenSSL takes that for "the key of the last time".
  const char* key_data = key.empty() ? "" : key.data();
  CHECK(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), in.data(), in.size(), out.data(), &length) !=
        nullptr);
  return out;
}

std::string new_secret(Random& random) { return to_hex(random.bytes<16>()); }

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace waybill::base
