#include "codec/compression.h"

#include <algorithm>
#include <memory>

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "base/check.h"
#include "base/out_of_memory.h"
#include "codec/dictionaries.h"

namespace waybill::codec {
namespace {

// Memory for a text that is not given back after it.
constexpr std::size_t kTextKeptBytes = 128UL * 1024;
// What one block of a frame inflates to at most, and the fewest bytes it takes (RFC 8878, section 3.1.1.2).
constexpr std::size_t kBlockTextMax = 128UL * 1024;
constexpr std::size_t kBlockBytesMin = 4;

// A frame without magic number, checksum and dictionary id: who keeps the record knows and checks all that.
constexpr ZSTD_format_e kFormat = ZSTD_f_zstd1_magicless;

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_it(object);
  }
};
using Compressor = std::unique_ptr<ZSTD_CCtx, Free<ZSTD_freeCCtx>>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, Free<ZSTD_freeDCtx>>;
using ForCompressing = std::unique_ptr<ZSTD_CDict, Free<ZSTD_freeCDict>>;
using ForDecompressing = std::unique_ptr<ZSTD_DDict, Free<ZSTD_freeDDict>>;
using Parameters = std::unique_ptr<ZSTD_CCtx_params, Free<ZSTD_freeCCtxParams>>;

bool wants_memory(std::size_t result) { return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation; }

// The library fails at these only for want of memory or for a parameter it does not have.
void check_done(std::size_t result) {
  if (wants_memory(result)) base::fail_without_memory();
  CHECK(ZSTD_isError(result) == 0);
}

// What the library makes, which fails only for want of memory.
template <class T>
T* checked_new(T* object) {
  if (object == nullptr) base::fail_without_memory();
  return object;
}

// No ready-made level: a greedy search through tables that are laid out for a dictionary, which no level asks for,
// makes records a quarter smaller than level 3 in the same time. src/codec/dictionaries/README.md has the figures.
// (That layout needs hashLog > chainLog.)
ForCompressing prepare_for_compressing(std::string_view dictionary) {
  const Parameters parameters(checked_new(ZSTD_createCCtxParams()));
  const auto set = [&](ZSTD_cParameter name, int value) {
    check_done(ZSTD_CCtxParams_setParameter(parameters.get(), name, value));
  };
  set(ZSTD_c_strategy, ZSTD_greedy);
  set(ZSTD_c_searchLog, 4);
  set(ZSTD_c_minMatch, 5);
  set(ZSTD_c_hashLog, 15);
  set(ZSTD_c_chainLog, 14);
  set(ZSTD_c_targetLength, 0);
  set(ZSTD_c_enableDedicatedDictSearch, 1);
  set(ZSTD_c_useRowMatchFinder, ZSTD_ps_disable);
  return ForCompressing(checked_new(ZSTD_createCDict_advanced2(dictionary.data(), dictionary.size(), ZSTD_dlm_byRef,
                                                               ZSTD_dct_fullDict, parameters.get(), ZSTD_defaultCMem)));
}

Compressor make_compressor() {
  // Prepared once; threads share it, since nobody writes it.
  static const ForCompressing kDictionary = prepare_for_compressing(dictionary_1());
  Compressor compressor(checked_new(ZSTD_createCCtx()));
  check_done(ZSTD_CCtx_setParameter(compressor.get(), ZSTD_c_format, kFormat));
  check_done(ZSTD_CCtx_setParameter(compressor.get(), ZSTD_c_contentSizeFlag, 1));
  check_done(ZSTD_CCtx_setParameter(compressor.get(), ZSTD_c_checksumFlag, 0));
  check_done(ZSTD_CCtx_setParameter(compressor.get(), ZSTD_c_dictIDFlag, 0));
  check_done(ZSTD_CCtx_refCDict(compressor.get(), kDictionary.get()));
  return compressor;
}

Decompressor make_decompressor() {
  const std::string_view bytes = dictionary_1();
  static const ForDecompressing kDictionary(checked_new(ZSTD_createDDict_byReference(bytes.data(), bytes.size())));
  Decompressor decompressor(checked_new(ZSTD_createDCtx()));
  check_done(ZSTD_DCtx_setParameter(decompressor.get(), ZSTD_d_format, kFormat));
  check_done(ZSTD_DCtx_refDDict(decompressor.get(), kDictionary.get()));
  return decompressor;
}

// The length a frame says its text has; nothing if it says none, or one that so few bytes cannot hold.
bool read_length(std::string_view frame, std::size_t& length) {
  ZSTD_frameHeader header;
  if (ZSTD_getFrameHeader_advanced(&header, frame.data(), frame.size(), kFormat) != 0) return false;
  if (header.frameContentSize == ZSTD_CONTENTSIZE_UNKNOWN) return false;
  length = header.frameContentSize;
  return length <= (frame.size() / kBlockBytesMin + 1) * kBlockTextMax;
}

}  // namespace

void append_compressed(std::string& out, std::string_view text) {
  thread_local const Compressor kCompressor = make_compressor();
  const std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(text.size()));
  const std::size_t length =
      ZSTD_compress2(kCompressor.get(), out.data() + before, out.size() - before, text.data(), text.size());
  check_done(length);
  out.resize(before + length);
}

base::Result<std::string_view> decompress(std::string_view bytes, std::uint8_t dictionary, std::size_t length_max) {
  if (dictionary != kDictionaryVersion) {
    return base::unavailable("an event's record is compressed with the dictionary " + std::to_string(dictionary) +
                             ", which this release does not have");
  }
  std::size_t length = 0;
  if (!read_length(bytes, length) || length > length_max) {
    return base::corruption("an event's record does not begin as compressed text does");
  }
  thread_local const Decompressor kDecompressor = make_decompressor();
  thread_local std::string memory;
  const std::size_t need = std::max(length + kDecompressedSlack, kTextKeptBytes);
  if (memory.size() != need) {
    memory.resize(need);
    if (need == kTextKeptBytes) memory.shrink_to_fit();
  }
  const std::size_t found = ZSTD_decompressDCtx(kDecompressor.get(), memory.data(), length, bytes.data(), bytes.size());
  if (wants_memory(found)) return base::busy("there is no memory left to decompress an event's record");
  if (ZSTD_isError(found) != 0) {
    return base::corruption(std::string("an event's record cannot be decompressed: ") + ZSTD_getErrorName(found));
  }
  if (found != length) return base::corruption("an event's record is shorter than it says");
  return std::string_view(memory).substr(0, length);
}

}  // namespace waybill::codec
