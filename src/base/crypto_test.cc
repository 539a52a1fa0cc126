#include "base/crypto.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace waybill::base {
namespace {

TEST(Crypto, sha256_of_the_standard) {
  struct Case {
    std::string bytes;
    std::string_view want;
  };
  // FIPS 180-2, appendix B, and the empty text.
  const Case cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Case& c : cases) EXPECT_EQ(to_hex(sha256(c.bytes)), c.want);
  EXPECT_EQ(to_hex(sha256(std::string_view())), cases[0].want);
}

TEST(Crypto, hmac_sha256_of_rfc_4231) {
  struct Case {
    std::string key;
    std::string_view bytes;
    std::string_view want;
  };
  const Case cases[] = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
  };
  for (const Case& c : cases) EXPECT_EQ(to_hex(hmac_sha256(c.key, c.bytes)), c.want);
  EXPECT_EQ(to_hex(hmac_sha256(std::string_view(), std::string_view())), cases[3].want);
}

TEST(Crypto, hmac_sha1_of_rfc_2202) {
  struct Case {
    std::string key;
    std::string_view bytes;
    std::string_view want;
  };
  const Case cases[] = {
      {std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
      {"Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
      {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
      {"", "", "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"},
  };
  for (const Case& c : cases) EXPECT_EQ(to_hex(hmac_sha1(c.key, c.bytes)), c.want);
}

TEST(Crypto, equal_in_constant_time_is_equality) {
  struct Case {
    std::string_view a;
    std::string_view b;
    bool want;
  };
  const Case cases[] = {
      {"", "", true},
      {"secret", "secret", true},
      {"secret", "Secret", false},
      {"secret", "", false},
      {"secret", "secre", false},
      {"secre", "secret", false},
      {"\0a", "\0b", true},
      {std::string_view("\0a", 2), std::string_view("\0b", 2), false},
  };
  for (const Case& c : cases) EXPECT_EQ(equal_in_constant_time(c.a, c.b), c.want);
  EXPECT_TRUE(equal_in_constant_time(std::string_view(), ""));
}

// Checksums on disk are made of it, so it may never become another function.
TEST(Crypto, hash64_is_xxh3) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2U);
  EXPECT_EQ(hash64("abc"), 0x78af5f94892f3950U);
  EXPECT_NE(hash64("abd"), hash64("abc"));
}

TEST(Sha256Stream, pieces_have_the_digest_of_the_whole) {
  const std::string text(10'000, 'x');
  for (const std::size_t piece : {1UL, 63UL, 64UL, 65UL, 10'000UL}) {
    Sha256Stream stream;
    for (std::size_t at = 0; at < text.size(); at += piece) stream.append(std::string_view(text).substr(at, piece));
    EXPECT_EQ(stream.finish(), sha256(text)) << piece;
  }
  EXPECT_EQ(Sha256Stream().finish(), sha256(""));
}

}  // namespace
}  // namespace waybill::base
