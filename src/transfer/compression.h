#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace waybill::transfer {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

// `none`, `gzip`, `zstd`.
std::string_view to_text(Compression compression);
// kInvalidArgument for any other word.
base::Result<Compression> parse_compression(std::string_view word);

// What a file's name ends with: nothing, `.gz`, `.zst`.
std::string_view ending_of(Compression compression);
Compression compression_of_name(std::string_view name);
// What a file's first bytes say; `first` may be shorter than it takes to tell, and is then kNone.
Compression compression_of_bytes(std::string_view first);

// Compresses a text into frames (RFC 1952 members, RFC 8878 frames), which may follow each other in a file: every
// reader of the format takes them for one text. Not for concurrent use.
class FrameWriter {
 public:
  FrameWriter() = default;
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;
  virtual ~FrameWriter() = default;

  // Appends to `out` as much as there is to write yet.
  virtual void append(std::string_view text, std::string& out) = 0;
  // Ends the frame: what `out` got so far inflates to all the text. Nothing if no text came since the last end.
  virtual void end_frame(std::string& out) = 0;
};
// For kNone the text goes through as it is.
std::unique_ptr<FrameWriter> make_frame_writer(Compression compression);

// Inflates frames that follow each other. Not for concurrent use.
class FrameReader {
 public:
  FrameReader() = default;
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  virtual ~FrameReader() = default;

  // Takes bytes from the beginning of `bytes`, which lose them, and appends at most `room` bytes of text to `out`. As
  // long as it fills the room, there may be more to come without new bytes. kInvalidArgument, saying what is wrong, for
  // what is no such frame, does not agree with its checksum, or has something else behind it. Zeros may stand there.
  virtual base::Result<void> read(std::string_view& bytes, std::string& out, std::size_t room) = 0;
  // When all bytes are read: kInvalidArgument if they end inside a frame.
  [[nodiscard]] virtual base::Result<void> finish() const = 0;
};
std::unique_ptr<FrameReader> make_frame_reader(Compression compression);

}  // namespace waybill::transfer
