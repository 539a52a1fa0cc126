#include "http/gzip.h"

#include <memory>

#include <gtest/gtest.h>
#include <libdeflate.h>

#include "base/random.h"

namespace waybill::http {
namespace {

std::string decompress(std::string_view bytes, std::size_t size) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  std::string out(size, '\0');
  EXPECT_EQ(libdeflate_gzip_decompress(decompressor.get(), bytes.data(), bytes.size(), out.data(), size, nullptr),
            LIBDEFLATE_SUCCESS);
  return out;
}

TEST(GzipTest, TheClientSaysWhetherItAcceptsIt) {
  struct Case {
    std::string_view header;
    bool want;
  };
  const Case cases[] = {
      {"", false},
      {"gzip", true},
      {"GZip", true},
      {"x-gzip", true},
      {"deflate, gzip, br", true},
      {"deflate,br", false},
      {"identity", false},
      {"*", true},
      {"*;q=0", false},
      {"*;q=0.1", true},
      {"gzip;q=1.0", true},
      {"gzip ; q=0.001", true},
      {"gzip;q=0", false},
      {"gzip;q=0.000", false},
      {"gzip;Q=0", false},
      {"gzip;x=1;q=0", false},
      {"gzip;q=0, *", false},
      {"*, gzip;q=0", false},
      {"*;q=0, gzip", true},
      {"gzip;q=", false},
      {"gzip;q=x", false},
      {"gzip;q=1x", false},
      {"gzip;q=-1", false},
      {"gzipped", false},
      {" , ,gzip", true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.header);
    EXPECT_EQ(accepts_gzip(c.header), c.want);
  }
}

TEST(GzipTest, WhatIsCompressedComesBackTheSame) {
  Gzip gzip;
  for (const std::size_t size : {100UL, 5'000'000UL, 1000UL}) {
    SCOPED_TRACE(size);
    std::string body;
    for (std::size_t i = 0; body.size() < size; ++i) body += std::to_string(i * i % 1009) + ",";
    const auto compressed = gzip.compress(body);
    ASSERT_TRUE(compressed.has_value());
    EXPECT_LT(compressed->size(), body.size());
    EXPECT_EQ(decompress(*compressed, body.size()), body);
  }
}

// A body out of stretches that are random, repeated, or one byte many times over.
std::string patchwork(base::SeededRandom& random) {
  std::string body;
  const std::uint64_t size = 2 + random.below(random.chance(0.5) ? 300 : 200'000);
  while (body.size() < size) {
    const std::size_t stretch = 1 + random.below(2'000);
    const std::uint64_t kind = random.below(3);
    const std::uint64_t letters = 1 + random.below(256);
    const std::size_t from = body.empty() ? 0 : random.below(body.size());
    if (kind == 0) body.append(stretch, static_cast<char>(random.below(256)));
    if (kind == 1) body += body.substr(from, stretch);
    for (std::size_t i = 0; kind == 2 && i < stretch; ++i) body += static_cast<char>(random.below(letters));
  }
  return body;
}

TEST(GzipTest, AnotherLibraryReadsWhateverItWrites) {
  Gzip gzip;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    SCOPED_TRACE(seed);
    base::SeededRandom random(seed);
    const std::string body = patchwork(random);
    const auto compressed = gzip.compress(body);
    if (!compressed) continue;
    EXPECT_LT(compressed->size(), body.size());
    EXPECT_EQ(decompress(*compressed, body.size()), body);
  }
}

TEST(GzipTest, ABodyThatEndsWithASharedTextIsOneStream) {
  Gzip gzip;
  int joined = 0;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    SCOPED_TRACE(seed);
    base::SeededRandom random(seed);
    const SharedText shared = gzip.make_shared_text(patchwork(random));
    EXPECT_LT(shared.deflated.size(), shared.text.size());
    const std::string body = patchwork(random);
    const auto compressed = gzip.compress(body, shared);
    if (!compressed) continue;
    ++joined;
    std::string stream = compressed->beginning + shared.deflated;
    stream.append(compressed->end.begin(), compressed->end.end());
    EXPECT_LT(stream.size(), body.size() + shared.text.size());
    EXPECT_EQ(decompress(stream, body.size() + shared.text.size()), body + shared.text);
  }
  EXPECT_GT(joined, 500);
}

TEST(GzipTest, ASharedTextThatDoesNotGetShorterIsNotJoined) {
  Gzip gzip;
  for (const std::string text : {"", "a", "abcdefgh"}) {
    const SharedText shared = gzip.make_shared_text(text);
    EXPECT_EQ(shared.text, text);
    EXPECT_EQ(shared.deflated, "");
    EXPECT_FALSE(gzip.compress(std::string(1'000, 'x'), shared).has_value());
  }
  EXPECT_FALSE(gzip.compress("", gzip.make_shared_text(std::string(1'000, 'x'))).has_value());
}

TEST(GzipTest, WhatDoesNotGetShorterIsLeft) {
  Gzip gzip;
  EXPECT_EQ(gzip.compress(""), std::nullopt);
  EXPECT_EQ(gzip.compress("a"), std::nullopt);
  EXPECT_EQ(gzip.compress("abcdefgh"), std::nullopt);
}

}  // namespace
}  // namespace waybill::http
