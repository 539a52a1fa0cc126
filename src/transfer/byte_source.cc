#include "transfer/byte_source.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "transfer/compression.h"

namespace waybill::transfer {
namespace {

using base::Result;

constexpr std::size_t kFileBytesAtOnce = 256UL * 1024;
constexpr std::size_t kTextBytesAtOnce = 512UL * 1024;
// As many as the longest magic number has.
constexpr std::size_t kMagicBytes = 4;

class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(std::FILE* file) : file_(file) {
    // What is read at once is large, so that a second buffer would only be copied.
    std::setvbuf(file, nullptr, _IONBF, 0);
  }

  Result<bool> read(std::string& out) override {
    const std::size_t before = out.size();
    out.resize(before + kFileBytesAtOnce);
    const std::size_t count = std::fread(out.data() + before, 1, kFileBytesAtOnce, file_.get());
    out.resize(before + count);
    bytes_ += count;
    if (count == 0 && std::ferror(file_.get()) != 0) return base::io_error("it cannot be read");
    return count > 0;
  }

  [[nodiscard]] std::uint64_t file_bytes() const override { return bytes_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };

  const std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t bytes_ = 0;
};

class MemoryBytes final : public ByteSource {
 public:
  MemoryBytes(std::string text, std::size_t piece_bytes) : text_(std::move(text)), piece_bytes_(piece_bytes) {}

  Result<bool> read(std::string& out) override {
    const std::string_view piece = std::string_view(text_).substr(at_, piece_bytes_);
    out += piece;
    at_ += piece.size();
    return !piece.empty();
  }

  [[nodiscard]] std::uint64_t file_bytes() const override { return at_; }

 private:
  const std::string text_;
  const std::size_t piece_bytes_;
  std::size_t at_ = 0;
};

class InflatedBytes final : public ByteSource {
 public:
  InflatedBytes(std::unique_ptr<ByteSource> source, std::string first)
      : source_(std::move(source)), reader_(make_frame_reader(compression_of_bytes(first))), bytes_(std::move(first)) {}

  Result<bool> read(std::string& out) override {
    const std::size_t before = out.size();
    for (;;) {
      std::string_view rest = std::string_view(bytes_).substr(at_);
      TRY(reader_->read(rest, out, kTextBytesAtOnce));
      at_ = bytes_.size() - rest.size();
      if (out.size() > before) return true;
      bytes_.erase(0, at_);
      at_ = 0;
      TRY_ASSIGN(const bool more, source_->read(bytes_));
      if (more) continue;
      TRY(reader_->finish());
      return false;
    }
  }

  [[nodiscard]] std::uint64_t file_bytes() const override { return source_->file_bytes(); }

 private:
  const std::unique_ptr<ByteSource> source_;
  const std::unique_ptr<FrameReader> reader_;
  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file_bytes(const std::string& name) {
  std::FILE* const file = name == "-" ? stdin : std::fopen(name.c_str(), "rbe");
  if (file == nullptr) return base::last_system_error("reading", name);
  return std::unique_ptr<ByteSource>(std::make_unique<FileBytes>(file));
}

std::unique_ptr<ByteSource> bytes_of(std::string text, std::size_t piece_bytes) {
  return std::make_unique<MemoryBytes>(std::move(text), piece_bytes);
}

Result<std::unique_ptr<ByteSource>> inflate_bytes(std::unique_ptr<ByteSource> source) {
  std::string first;
  while (first.size() < kMagicBytes) {
    TRY_ASSIGN(const bool more, source->read(first));
    if (!more) break;
  }
  return std::unique_ptr<ByteSource>(std::make_unique<InflatedBytes>(std::move(source), std::move(first)));
}

}  // namespace waybill::transfer
