#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include "base/bytes.h"
#include "base/check.h"

namespace waybill::base {

namespace {

constexpr std::size_t kBlockBytes = 64;

// Looked up once: looking it up for each digest takes longer than the digest of a short text.
const EVP_MD* find_algorithm(const char* name) {
  const EVP_MD* const found = EVP_MD_fetch(nullptr, name, nullptr);
  CHECK(found != nullptr);
  return found;
}

template <class Digest>
const EVP_MD* algorithm();
template <>
const EVP_MD* algorithm<Sha256>() {
  static const EVP_MD* const kFound = find_algorithm("SHA256");
  return kFound;
}
template <>
const EVP_MD* algorithm<Sha1>() {
  static const EVP_MD* const kFound = find_algorithm("SHA1");
  return kFound;
}

template <class Digest>
Digest digest(std::string_view bytes) {
  Digest out{};
  CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, algorithm<Digest>(), nullptr) == 1);
  return out;
}

// The key as HMAC mixes it in: a block, each byte of which is changed by `mask`.
template <class Digest>
std::string key_block(std::string_view key, char mask) {
  std::string block(kBlockBytes, '\0');
  if (key.size() <= kBlockBytes) {
    key.copy(block.data(), key.size());
  } else {
    const Digest hash = digest<Digest>(key);
    as_text(hash).copy(block.data(), hash.size());
  }
  for (char& byte : block) byte = static_cast<char>(byte ^ mask);
  return block;
}

// RFC 2104. OpenSSL's own takes four times as long, nearly all of it to find the algorithm by its name.
template <class Digest>
Digest hmac(std::string_view key, std::string_view bytes) {
  std::string text = key_block<Digest>(key, '\x36');
  text += bytes;
  const Digest inner = digest<Digest>(text);
  text = key_block<Digest>(key, '\x5c');
  text += as_text(inner);
  return digest<Digest>(text);
}

}  // namespace

Sha256 sha256(std::string_view bytes) { return digest<Sha256>(bytes); }

struct Sha256Stream::State {
  struct Free {
    void operator()(EVP_MD_CTX* old) const { EVP_MD_CTX_free(old); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  CHECK(state_->context != nullptr && EVP_DigestInit_ex(state_->context.get(), algorithm<Sha256>(), nullptr) == 1);
}
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::append(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Stream::finish() {
  Sha256 out{};
  CHECK(EVP_DigestFinal_ex(state_->context.get(), out.data(), nullptr) == 1);
  return out;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) { return hmac<Sha256>(key, bytes); }

Sha1 hmac_sha1(std::string_view key, std::string_view bytes) { return hmac<Sha1>(key, bytes); }

std::string new_secret(Random& random) { return to_hex(random.bytes<16>()); }

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace waybill::base
