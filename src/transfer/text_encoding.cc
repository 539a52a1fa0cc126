#include "transfer/text_encoding.h"

#include <array>
#include <string>
#include <utility>

#include "base/strings.h"

namespace waybill::transfer {
namespace {

using base::Result;
using namespace std::string_view_literals;

constexpr std::string_view kNames[] = {"utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1"};

struct Mark {
  Encoding encoding;
  std::string_view bytes;
};
constexpr Mark kMarks[] = {
    {Encoding::kUtf8, "\xef\xbb\xbf"sv}, {Encoding::kUtf16Le, "\xff\xfe"sv}, {Encoding::kUtf16Be, "\xfe\xff"sv}};
constexpr std::size_t kFirstBytes = 4;

// 0x80 to 0x9f of Windows-1252 (https://encoding.spec.whatwg.org/index-windows-1252.txt).
constexpr std::array<std::uint16_t, 32> kWindows1252 = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                                        0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                                        0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                        0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xc0 | (code >> 6));
  } else if (code < 0x10000) {
    byte(0xe0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3f));
  } else {
    byte(0xf0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3f));
    byte(0x80 | ((code >> 6) & 0x3f));
  }
  byte(0x80 | (code & 0x3f));
}

bool is_high(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

// A source whose bytes become others.
class Decoded : public ByteSource {
 public:
  Decoded(std::unique_ptr<ByteSource> source, std::string first)
      : source_(std::move(source)), bytes_(std::move(first)) {}

  Result<bool> read(std::string& out) final {
    const std::size_t before = out.size();
    for (;;) {
      bytes_.erase(0, decode(bytes_, out));
      if (out.size() > before) return true;
      TRY_ASSIGN(const bool more, source_->read(bytes_));
      if (more) continue;
      TRY(finish(bytes_, out));
      bytes_.clear();
      return out.size() > before;
    }
  }
  [[nodiscard]] std::uint64_t file_bytes() const final { return source_->file_bytes(); }

 private:
  // Appends the text of the bytes at the beginning of `bytes`, as far as they are characters; gives their number.
  virtual std::size_t decode(std::string_view bytes, std::string& out) = 0;
  // The same of what is left at the end.
  virtual Result<void> finish(std::string_view bytes, std::string& out) = 0;

  const std::unique_ptr<ByteSource> source_;
  std::string bytes_;
};

class AsItIs final : public Decoded {
  using Decoded::Decoded;
  std::size_t decode(std::string_view bytes, std::string& out) override {
    out += bytes;
    return bytes.size();
  }
  Result<void> finish(std::string_view /*bytes*/, std::string& /*out*/) override { return {}; }
};

class Utf16 final : public Decoded {
 public:
  Utf16(std::unique_ptr<ByteSource> source, std::string first, bool low_byte_first)
      : Decoded(std::move(source), std::move(first)), low_at_(low_byte_first ? 0 : 1) {}

 private:
  [[nodiscard]] std::uint32_t unit(std::string_view bytes, std::size_t at) const {
    return static_cast<std::uint8_t>(bytes[at + low_at_]) | (static_cast<std::uint8_t>(bytes[at + 1 - low_at_]) << 8U);
  }

  std::size_t decode(std::string_view bytes, std::string& out) override {
    std::size_t at = 0;
    while (at + 1 < bytes.size()) {
      const std::uint32_t first = unit(bytes, at);
      if (!is_high(first)) {
        append_utf8(out, first);
        at += 2;
        continue;
      }
      if (at + 3 >= bytes.size()) break;
      const std::uint32_t second = unit(bytes, at + 2);
      const bool is_pair = is_low(second);
      append_utf8(out, is_pair ? 0x10000 + ((first - 0xd800) << 10U) + (second - 0xdc00) : first);
      at += is_pair ? 4 : 2;
    }
    return at;
  }

  Result<void> finish(std::string_view bytes, std::string& out) override {
    if (bytes.size() % 2 == 1) {
      return base::invalid_argument("the UTF-16 text ends in the middle of a character: the file was cut off");
    }
    if (!bytes.empty()) append_utf8(out, unit(bytes, 0));
    return {};
  }

  const std::size_t low_at_;
};

class OneByte final : public Decoded {
 public:
  OneByte(std::unique_ptr<ByteSource> source, std::string first, Encoding encoding)
      : Decoded(std::move(source), std::move(first)), encoding_(encoding) {}

 private:
  std::size_t decode(std::string_view bytes, std::string& out) override {
    for (const char c : bytes) {
      const auto byte = static_cast<std::uint8_t>(c);
      const bool is_special = encoding_ == Encoding::kWindows1252 && byte >= 0x80 && byte < 0xa0;
      append_utf8(out, is_special ? kWindows1252[byte - 0x80U] : byte);
    }
    return bytes.size();
  }
  Result<void> finish(std::string_view /*bytes*/, std::string& /*out*/) override { return {}; }

  const Encoding encoding_;
};

const Mark* find_mark(std::string_view first) {
  for (const Mark& mark : kMarks) {
    if (first.starts_with(mark.bytes)) return &mark;
  }
  return nullptr;
}

}  // namespace

std::string_view to_text(Encoding encoding) { return kNames[static_cast<std::size_t>(encoding)]; }

Result<Encoding> parse_encoding(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (base::equals_ignoring_case(word, kNames[i])) return static_cast<Encoding>(i);
  }
  return base::invalid_argument(base::quoted_for_message(word) +
                                " is none of utf-8, utf-16le, utf-16be, windows-1252 and iso-8859-1; others are "
                                "converted first: iconv -f " +
                                base::printable(word.substr(0, 20)) + " -t UTF-8 FILE | waybill import … -");
}

std::optional<Encoding> encoding_of_bytes(std::string_view first) {
  if (const Mark* const mark = find_mark(first)) return mark->encoding;
  if (first.size() < kFirstBytes) return std::nullopt;
  const auto zero = [first](std::size_t at) { return first[at] == '\0'; };
  if (!zero(0) && zero(1) && !zero(2) && zero(3)) return Encoding::kUtf16Le;
  if (zero(0) && !zero(1) && zero(2) && !zero(3)) return Encoding::kUtf16Be;
  return std::nullopt;
}

Result<std::unique_ptr<ByteSource>> decode_text(std::unique_ptr<ByteSource> source, std::optional<Encoding> wanted) {
  std::string first;
  while (first.size() < kFirstBytes) {
    TRY_ASSIGN(const bool more, source->read(first));
    if (!more) break;
  }
  const Mark* const mark = find_mark(first);
  if (mark != nullptr && wanted && *wanted != mark->encoding) {
    return base::invalid_argument("begins with the mark of " + std::string(to_text(mark->encoding)) + ", and not as " +
                                  std::string(to_text(*wanted)) + " would; leave --encoding out");
  }
  const Encoding encoding = wanted ? *wanted : encoding_of_bytes(first).value_or(Encoding::kUtf8);
  if (mark != nullptr) first.erase(0, mark->bytes.size());
  std::unique_ptr<ByteSource> text;
  switch (encoding) {
    case Encoding::kUtf8: text = std::make_unique<AsItIs>(std::move(source), std::move(first)); break;
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      text = std::make_unique<Utf16>(std::move(source), std::move(first), encoding == Encoding::kUtf16Le);
      break;
    case Encoding::kWindows1252:
    case Encoding::kLatin1: text = std::make_unique<OneByte>(std::move(source), std::move(first), encoding); break;
  }
  return text;
}

}  // namespace waybill::transfer
