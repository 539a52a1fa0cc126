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
const EVP_MD* algorithm() {
  static const EVP_MD* const kFound = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(kFound != nullptr);
  return kFound;
}

// The key as HMAC mixes it in: a block, each byte of which is changed by `mask`.
std::string key_block(std::string_view key, char mask) {
  std::string block(kBlockBytes, '\0');
  if (key.size() <= kBlockBytes) {
    key.copy(block.data(), key.size());
  } else {
    const Sha256 hash = sha256(key);
    as_text(hash).copy(block.data(), hash.size());
  }
  for (char& byte : block) byte = static_cast<char>(byte ^ mask);
  return block;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 out{};
  CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, algorithm(), nullptr) == 1);
  return out;
}

struct Sha256Stream::State {
  struct Free {
    void operator()(EVP_MD_CTX* old) const { EVP_MD_CTX_free(old); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  CHECK(state_->context != nullptr && EVP_DigestInit_ex(state_->context.get(), algorithm(), nullptr) == 1);
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

// RFC 2104. OpenSSL's own takes four times as long, nearly all of it to find the algorithm by its name.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string text = key_block(key, '\x36');
  text += bytes;
  const Sha256 inner = sha256(text);
  text = key_block(key, '\x5c');
  text += as_text(inner);
  return sha256(text);
}

std::string new_secret(Random& random) { return to_hex(random.bytes<16>()); }

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace waybill::base
