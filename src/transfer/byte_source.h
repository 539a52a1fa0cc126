#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace waybill::transfer {

// The text of a file, piece by piece. Not for concurrent use.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Appends at most some hundred kilobytes to `out`; false at the end. An error says what is wrong, not with which
  // file: kIo, and of compressed files kInvalidArgument for what is damaged or cut short.
  virtual base::Result<bool> read(std::string& out) = 0;

  // How many bytes of the file, compressed ones if it is, have been read so far.
  [[nodiscard]] virtual std::uint64_t file_bytes() const = 0;
};

// A file as it is; `-` is standard input. kNotFound or kIo, naming it.
base::Result<std::unique_ptr<ByteSource>> open_file_bytes(const std::string& name);
// Bytes in memory, given out in pieces of at most `piece_bytes`.
std::unique_ptr<ByteSource> bytes_of(std::string text, std::size_t piece_bytes = 64UL * 1024);

// The text that a source's bytes inflate to: its first bytes tell which compression they have, if any. Reads them.
base::Result<std::unique_ptr<ByteSource>> inflate_bytes(std::unique_ptr<ByteSource> source);

}  // namespace waybill::transfer
