#include "transfer/compression.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>

#include "base/check.h"
#include "base/strings.h"

namespace waybill::transfer {
namespace {

constexpr std::size_t kOutputPiece = 64UL * 1024;

// One row a format: what it is called, what names end with, what files begin with.
struct Format {
  Compression compression;
  std::string_view word;
  std::string_view ending;
  std::string_view magic;
};
constexpr Format kFormats[] = {
    {Compression::kNone, "none", "", ""},
    {Compression::kGzip, "gzip", ".gz", "\x1f\x8b"},
    {Compression::kZstd, "zstd", ".zst", "\x28\xb5\x2f\xfd"},
};

// Goes over the zeros that tapes and block devices leave behind the end of compressed data. Behind them another frame
// may begin, which `begins_frame` tells by its first byte; anything else is refused.
template <class BeginsFrame>
base::Result<void> skip_padding(std::string_view& bytes, std::string_view format, BeginsFrame begins_frame) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
  if (bytes.empty() || begins_frame(bytes.front())) return {};
  return base::invalid_argument("behind the end of its " + std::string(format) + " data stand other bytes, " +
                                base::quoted_for_message(bytes, 20) +
                                "; what stands before them was read. Remove them, or fetch the file again");
}

const Format& format_of(Compression compression) { return kFormats[static_cast<std::size_t>(compression)]; }

class PlainWriter final : public FrameWriter {
 public:
  void append(std::string_view text, std::string& out) override { out += text; }
  void end_frame(std::string& /*out*/) override {}
};

class PlainReader final : public FrameReader {
 public:
  base::Result<void> read(std::string_view& bytes, std::string& out, std::size_t room) override {
    const std::string_view some = bytes.substr(0, room);
    out += some;
    bytes.remove_prefix(some.size());
    return {};
  }
  [[nodiscard]] base::Result<void> finish() const override { return {}; }
};

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

// A frame is some members of gzip (RFC 1952, 2.2), each of a piece of the text: the library compresses what it is given
// as a whole, several times as fast as one that takes it bit by bit.
class GzipWriter final : public FrameWriter {
 public:
  GzipWriter() : compressor_(libdeflate_alloc_compressor(kLevel)) {
    CHECK(compressor_ != nullptr);  // out of memory
  }

  void append(std::string_view text, std::string& out) override {
    while (!text.empty()) {
      const std::string_view some = text.substr(0, kMemberText - text_.size());
      text.remove_prefix(some.size());
      text_ += some;
      if (text_.size() == kMemberText) write_member(out);
    }
  }

  void end_frame(std::string& out) override {
    if (!text_.empty()) write_member(out);
  }

 private:
  static constexpr int kLevel = 1;
  static constexpr std::size_t kMemberText = 1024UL * 1024;

  void write_member(std::string& out) {
    const std::size_t before = out.size();
    out.resize(before + libdeflate_gzip_compress_bound(compressor_.get(), text_.size()));
    const std::size_t length = libdeflate_gzip_compress(compressor_.get(), text_.data(), text_.size(),
                                                        out.data() + before, out.size() - before);
    CHECK(length > 0);  // there is room for the worst case
    out.resize(before + length);
    text_.clear();
  }

  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor_;
  std::string text_;  // of the member that is not written yet
};

// Reading is zlib's, which takes it piece by piece.
class GzipReader final : public FrameReader {
 public:
  GzipReader() {
    // 16 more than the largest window: a gzip header is wanted.
    CHECK(inflateInit2(&stream_, 15 + 16) == Z_OK);
  }
  ~GzipReader() override { inflateEnd(&stream_); }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  base::Result<void> read(std::string_view& bytes, std::string& out, std::size_t room) override {
    const std::size_t before = out.size();
    out.resize(before + room);
    std::size_t done = 0;
    base::Result<void> result;
    while (result && done < room) {
      if (at_end_ && is_begun_) {
        const auto skipped = skip_padding(bytes, "gzip", [](char first) { return first == '\x1f'; });
        // The text before it is whole, and given first.
        if (!skipped && done == 0) result = skipped;
        if (!skipped) break;
      }
      if (at_end_ && bytes.empty()) break;
      if (at_end_) begin();
      const std::size_t had = done + bytes.size();
      result = inflate_some(bytes, {out.data() + before + done, room - done}, done);
      if (had == done + bytes.size()) break;
    }
    out.resize(before + done);
    return result;
  }

  [[nodiscard]] base::Result<void> finish() const override {
    if (at_end_) return {};
    return base::invalid_argument("the gzip data ends in the middle");
  }

 private:
  void begin() {
    CHECK(inflateReset(&stream_) == Z_OK);
    at_end_ = false;
    is_begun_ = true;
  }

  base::Result<void> inflate_some(std::string_view& bytes, std::span<char> room, std::size_t& done) {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(std::min(bytes.size(), kMost));
    stream_.next_out = reinterpret_cast<Bytef*>(room.data());
    stream_.avail_out = static_cast<uInt>(std::min(room.size(), kMost));
    const uInt had = stream_.avail_in;
    const uInt could = stream_.avail_out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    bytes.remove_prefix(had - stream_.avail_in);
    done += could - stream_.avail_out;
    at_end_ = code == Z_STREAM_END;
    // Z_BUF_ERROR says only that it wants more.
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return {};
    CHECK(code != Z_MEM_ERROR);
    return base::invalid_argument(std::string("the gzip data is damaged: ") +
                                  (stream_.msg != nullptr ? stream_.msg : "it cannot be inflated"));
  }

  z_stream stream_{};
  bool at_end_ = true;
  bool is_begun_ = false;
};

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_it(object);
  }
};

class ZstdWriter final : public FrameWriter {
 public:
  ZstdWriter() {
    CHECK(context_ != nullptr);
    CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1)) == 0);
  }

  void append(std::string_view text, std::string& out) override {
    has_text_ = has_text_ || !text.empty();
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    while (in.pos < in.size) compress(in, ZSTD_e_continue, out);
  }

  void end_frame(std::string& out) override {
    if (!has_text_) return;
    ZSTD_inBuffer in{"", 0, 0};
    while (compress(in, ZSTD_e_end, out) != 0) {
    }
    has_text_ = false;
  }

 private:
  std::size_t compress(ZSTD_inBuffer& in, ZSTD_EndDirective how, std::string& out) {
    const std::size_t before = out.size();
    out.resize(before + kOutputPiece);
    ZSTD_outBuffer room{out.data() + before, kOutputPiece, 0};
    const std::size_t left = ZSTD_compressStream2(context_.get(), &room, &in, how);
    CHECK(ZSTD_isError(left) == 0);
    out.resize(before + room.pos);
    return left;
  }

  const std::unique_ptr<ZSTD_CCtx, Free<ZSTD_freeCCtx>> context_{ZSTD_createCCtx()};
  bool has_text_ = false;
};

class ZstdReader final : public FrameReader {
 public:
  ZstdReader() { CHECK(context_ != nullptr); }

  base::Result<void> read(std::string_view& bytes, std::string& out, std::size_t room) override {
    const std::size_t before = out.size();
    out.resize(before + room);
    ZSTD_outBuffer text{out.data() + before, room, 0};
    base::Result<void> result;
    while (text.pos < text.size) {
      if (at_end_ && is_begun_) {
        const auto skipped = skip_padding(bytes, "zstd", begins_frame);
        // The text before it is whole, and given first.
        if (!skipped && text.pos == 0) result = skipped;
        if (!skipped) break;
      }
      is_begun_ = is_begun_ || !bytes.empty();
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      const std::size_t had = text.pos;
      const std::size_t left = ZSTD_decompressStream(context_.get(), &text, &in);
      if (ZSTD_isError(left) != 0) {
        result = base::invalid_argument(std::string("the zstd data is damaged: ") + ZSTD_getErrorName(left));
        break;
      }
      bytes.remove_prefix(in.pos);
      // Asked for nothing at a frame's end, the library already wants the next frame's head.
      if (in.pos > 0 || text.pos > had) at_end_ = left == 0;
      if (in.pos == 0 && text.pos == had) break;
    }
    out.resize(before + text.pos);
    return result;
  }

  [[nodiscard]] base::Result<void> finish() const override {
    if (at_end_) return {};
    return base::invalid_argument("the zstd data ends in the middle");
  }

 private:
  // A frame, or one that is to be skipped (RFC 8878).
  static bool begins_frame(char first) { return first == '\x28' || (first >= '\x50' && first <= '\x5f'); }

  const std::unique_ptr<ZSTD_DCtx, Free<ZSTD_freeDCtx>> context_{ZSTD_createDCtx()};
  bool at_end_ = true;
  bool is_begun_ = false;
};

}  // namespace

std::string_view to_text(Compression compression) { return format_of(compression).word; }

base::Result<Compression> parse_compression(std::string_view word) {
  for (const Format& format : kFormats) {
    if (word == format.word) return format.compression;
  }
  return base::invalid_argument(base::quoted_for_message(word) + " is neither gzip, zstd nor none");
}

std::string_view ending_of(Compression compression) { return format_of(compression).ending; }

Compression compression_of_name(std::string_view name) {
  for (const Format& format : kFormats) {
    if (!format.ending.empty() && name.ends_with(format.ending)) return format.compression;
  }
  return Compression::kNone;
}

Compression compression_of_bytes(std::string_view first) {
  for (const Format& format : kFormats) {
    if (!format.magic.empty() && first.starts_with(format.magic)) return format.compression;
  }
  return Compression::kNone;
}

std::unique_ptr<FrameWriter> make_frame_writer(Compression compression) {
  switch (compression) {
    case Compression::kNone: return std::make_unique<PlainWriter>();
    case Compression::kGzip: return std::make_unique<GzipWriter>();
    case Compression::kZstd: return std::make_unique<ZstdWriter>();
  }
  CHECK(false);
  return nullptr;
}

std::unique_ptr<FrameReader> make_frame_reader(Compression compression) {
  switch (compression) {
    case Compression::kNone: return std::make_unique<PlainReader>();
    case Compression::kGzip: return std::make_unique<GzipReader>();
    case Compression::kZstd: return std::make_unique<ZstdReader>();
  }
  CHECK(false);
  return nullptr;
}

}  // namespace waybill::transfer
