#include "http/gzip.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include <libdeflate.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/out_of_memory.h"
#include "base/strings.h"

namespace waybill::http {
namespace {

// The fastest: what it saves in bytes, a higher one costs in time many times over.
constexpr int kLevel = 1;

// What a compressor keeps between two bodies; one huge answer must not hold its memory for ever.
constexpr std::size_t kScratchBytesMax = 1024UL * 1024;

// What one call of the compressor takes, and gzip's own field for the length holds.
constexpr std::size_t kTextBytesMax = std::numeric_limits<std::uint32_t>::max();

// A part may grow by this much without its whole ceasing to pay.
constexpr std::size_t kPartRoom = 512;

// RFC 1952: the magic number, deflate, no flags, no time, nothing said of the effort, an unknown system.
constexpr std::string_view kGzipHead("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

std::uint32_t crc_of(std::string_view text) { return libdeflate_crc32(0, text.data(), text.size()); }

// Whether the parameters behind an encoding's name ("q=0.5") leave it a quality above zero.
bool is_wanted(std::string_view parameters) {
  for (const std::string_view piece : base::split(parameters, ';')) {
    const std::string_view parameter = base::trim(piece);
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    const std::string_view text = parameter.substr(2);
    double quality = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
    return error == std::errc() && end == text.data() + text.size() && quality > 0;
  }
  return true;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  bool accepts_any = false;
  for (const std::string_view item : base::split(accept_encoding, ',')) {
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view name = base::trim(item.substr(0, semicolon));
    const bool wanted = is_wanted(item.substr(semicolon));
    // The name itself decides, wherever it stands; "*" is for what is not named.
    if (base::equals_ignoring_case(name, "gzip") || base::equals_ignoring_case(name, "x-gzip")) return wanted;
    if (name == "*") accepts_any = wanted;
  }
  return accepts_any;
}

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

// libdeflate, which is several times as fast as zlib, for all that reaches the end of its stream; zlib for a part that
// others follow, which libdeflate does not make.
struct Gzip::Stream {
  Stream() : compressor(libdeflate_alloc_compressor(kLevel)) {
    constexpr int kRawWindow = -MAX_WBITS;
    constexpr int kMemoryUsual = 8;
    if (compressor == nullptr) base::fail_without_memory();
    const int result = deflateInit2(&part, kLevel, Z_DEFLATED, kRawWindow, kMemoryUsual, Z_DEFAULT_STRATEGY);
    if (result == Z_MEM_ERROR) base::fail_without_memory();
    CHECK(result == Z_OK);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { deflateEnd(&part); }

  std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor;
  z_stream part{};
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {}

Gzip::~Gzip() = default;

std::optional<std::size_t> Gzip::deflate(std::string_view text, Form form, std::size_t room) {
  if (scratch_.size() < room) scratch_.resize(room);
  if (form == Form::kFirstPart) return deflate_part(text, room);
  const auto compress = form == Form::kGzip ? libdeflate_gzip_compress : libdeflate_deflate_compress;
  const std::size_t length = compress(stream_->compressor.get(), text.data(), text.size(), scratch_.data(), room);
  if (length == 0) return std::nullopt;
  return length;
}

// Ends at a byte, so that others may follow.
std::optional<std::size_t> Gzip::deflate_part(std::string_view text, std::size_t room) {
  z_stream& part = stream_->part;
  CHECK(deflateReset(&part) == Z_OK);
  // The library only reads its input, and does not say so.
  part.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
  part.avail_in = static_cast<uInt>(text.size());
  part.next_out = reinterpret_cast<Bytef*>(scratch_.data());
  part.avail_out = static_cast<uInt>(room);
  const int result = ::deflate(&part, Z_FULL_FLUSH);
  // Without room left it may not be whole.
  if (result != Z_OK || part.avail_out == 0) return std::nullopt;
  return room - part.avail_out;
}

void Gzip::give_back_scratch() {
  if (scratch_.size() > kScratchBytesMax) std::string().swap(scratch_);
}

std::optional<std::string> Gzip::compress(std::string_view body) {
  if (body.size() < 2 || body.size() > kTextBytesMax) return std::nullopt;
  // Room for one byte less than the body: the compressor gives up if it does not pay.
  const auto length = deflate(body, Form::kGzip, body.size() - 1);
  if (!length) return std::nullopt;
  std::string out(scratch_, 0, *length);
  give_back_scratch();
  return out;
}

std::optional<Gzip::Joined> Gzip::compress(std::string_view body, const SharedText& body_end) {
  const std::size_t whole = body.size() + body_end.text.size();
  if (body_end.deflated.empty() || body.empty() || whole > kTextBytesMax) return std::nullopt;
  const auto length = deflate(body, Form::kFirstPart, body.size() + kPartRoom);
  if (!length) return std::nullopt;
  Joined out;
  out.beginning.reserve(kGzipHead.size() + *length);
  out.beginning += kGzipHead;
  out.beginning.append(scratch_, 0, *length);
  give_back_scratch();
  if (out.beginning.size() + body_end.deflated.size() + out.end.size() >= whole) return std::nullopt;
  const std::uint32_t crc = crc_of(body);
  const auto joined = crc32_combine(crc, body_end.crc, static_cast<z_off_t>(body_end.text.size()));
  std::string end;
  base::put_le(end, static_cast<std::uint32_t>(joined));
  base::put_le(end, static_cast<std::uint32_t>(whole));
  std::copy(end.begin(), end.end(), out.end.begin());
  return out;
}

SharedText Gzip::make_shared_text(std::string text) {
  SharedText shared{std::move(text), {}, 0};
  if (shared.text.size() < 2 || shared.text.size() > kTextBytesMax) return shared;
  shared.crc = crc_of(shared.text);
  if (const auto length = deflate(shared.text, Form::kLastPart, shared.text.size() - 1)) {
    shared.deflated.assign(scratch_, 0, *length);
  }
  give_back_scratch();
  return shared;
}

}  // namespace waybill::http
