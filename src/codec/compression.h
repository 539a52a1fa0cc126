#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::codec {

// Compression of templates under a dictionary that is part of the program (src/codec/dictionaries/README.md). A
// dictionary, once released, keeps its version and its bytes for ever: what was compressed with it is read with it.

// The dictionary that new records are compressed with.
constexpr std::uint8_t kDictionaryVersion = 1;

// Appends `text`, compressed with the dictionary kDictionaryVersion. The same text gives the same bytes. Safe for
// concurrent use: each thread has a compressor of its own, and keeps it. Ends as base::fail_without_memory does where
// memory is wanting; so does what makes room for decompressing.
void append_compressed(std::string& out, std::string_view text);

// The text, in this thread's memory until its next call; at least kDecompressedSlack bytes behind it may be read.
// kUnavailable, naming the version, if the dictionary is none of this release's; kCorruption for bytes that
// append_compressed does not write, or a text longer than `length_max`.
base::Result<std::string_view> decompress(std::string_view bytes, std::uint8_t dictionary, std::size_t length_max);
constexpr std::size_t kDecompressedSlack = 32;

}  // namespace waybill::codec
