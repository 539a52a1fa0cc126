#include "http/gzip.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/strings.h"

namespace waybill::http {
namespace {

// Level 0 saves a quarter of the time and makes pages a quarter longer; levels above 1 take longer and make them no
// shorter.
constexpr std::uint32_t kLevel = 1;

// What a compressor keeps between two bodies; one huge answer must not hold its memory for ever.
constexpr std::size_t kScratchBytesMax = 1024UL * 1024;

// What one call of the compressor takes, and gzip's own field for the length holds.
constexpr std::size_t kTextBytesMax = std::numeric_limits<std::uint32_t>::max();

// A part may grow by this much without its whole ceasing to pay.
constexpr std::size_t kPartRoom = 512;

// RFC 1952: the magic number, deflate, no flags, no time, nothing said of the effort, an unknown system.
constexpr std::string_view kGzipHead("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

std::uint32_t crc_of(std::string_view text) {
  return crc32_gzip_refl(0, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

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

// What the library works with. It asks for a second piece of memory from level 1 on.
struct Gzip::Stream {
  isal_zstream state;
  std::vector<std::uint8_t> level_memory = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {}

Gzip::~Gzip() = default;

std::optional<std::size_t> Gzip::deflate(std::string_view text, Form form, std::size_t room) {
  if (scratch_.size() < room) scratch_.resize(room);
  isal_zstream& state = stream_->state;
  isal_deflate_stateless_init(&state);
  state.level = kLevel;
  state.level_buf = stream_->level_memory.data();
  state.level_buf_size = static_cast<std::uint32_t>(stream_->level_memory.size());
  state.gzip_flag = form == Form::kGzip ? IGZIP_GZIP : IGZIP_DEFLATE;
  state.end_of_stream = form == Form::kFirstPart ? 0 : 1;
  // A part that others follow must end at a byte.
  state.flush = form == Form::kFirstPart ? FULL_FLUSH : NO_FLUSH;
  // The library only reads its input, and does not say so.
  state.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  state.avail_in = static_cast<std::uint32_t>(text.size());
  state.next_out = reinterpret_cast<std::uint8_t*>(scratch_.data());
  state.avail_out = static_cast<std::uint32_t>(room);
  const int result = isal_deflate_stateless(&state);
  if (result == STATELESS_OVERFLOW) return std::nullopt;
  CHECK(result == COMP_OK);
  return state.total_out;
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
