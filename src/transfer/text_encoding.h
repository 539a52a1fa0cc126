#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "transfer/byte_source.h"

namespace waybill::transfer {

enum class Encoding : std::uint8_t { kUtf8, kUtf16Le, kUtf16Be, kWindows1252, kLatin1 };

// `utf-8`, `utf-16le`, `utf-16be`, `windows-1252`, `iso-8859-1`.
std::string_view to_text(Encoding encoding);
// Case does not matter. kInvalidArgument, naming those that are known, for any other word.
base::Result<Encoding> parse_encoding(std::string_view word);

// What the first four bytes of a text say: a mark (UTF-8, UTF-16), or UTF-16 without one where every second byte is
// zero. Nothing where they say nothing; then it is UTF-8, or an encoding that has to be named.
std::optional<Encoding> encoding_of_bytes(std::string_view first);

// The text of `source` in UTF-8, without a mark. `wanted` is its encoding if its bytes do not say so. Bytes that are no
// UTF-8 go through as they are, and so does half a surrogate pair of UTF-16, in three bytes. kInvalidArgument if the
// text has the mark of another encoding than `wanted`, and from read() if UTF-16 ends in the middle of a character.
// Reads the first bytes.
base::Result<std::unique_ptr<ByteSource>> decode_text(std::unique_ptr<ByteSource> source,
                                                      std::optional<Encoding> wanted);

}  // namespace waybill::transfer
