#include "http/gzip.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <vector>

#include <isa-l/igzip_lib.h>

#include "base/check.h"
#include "base/strings.h"

namespace waybill::http {
namespace {

// Level 0 saves a quarter of the time and makes pages a quarter longer; levels above 1 take longer and make them no
// shorter.
constexpr std::uint32_t kLevel = 1;

// What a compressor keeps between two bodies; one huge answer must not hold its memory for ever.
constexpr std::size_t kScratchBytesMax = 1024UL * 1024;

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

std::optional<std::string> Gzip::compress(std::string_view body) {
  if (body.size() < 2 || body.size() > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  // Room for one byte less than the body: the compressor gives up if it does not pay.
  const std::size_t room = body.size() - 1;
  if (scratch_.size() < room) scratch_.resize(room);
  isal_zstream& state = stream_->state;
  isal_deflate_stateless_init(&state);
  state.level = kLevel;
  state.level_buf = stream_->level_memory.data();
  state.level_buf_size = static_cast<std::uint32_t>(stream_->level_memory.size());
  state.gzip_flag = IGZIP_GZIP;
  state.end_of_stream = 1;
  // The library only reads its input, and does not say so.
  state.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(body.data()));
  state.avail_in = static_cast<std::uint32_t>(body.size());
  state.next_out = reinterpret_cast<std::uint8_t*>(scratch_.data());
  state.avail_out = static_cast<std::uint32_t>(room);
  const int result = isal_deflate_stateless(&state);
  if (result == STATELESS_OVERFLOW) return std::nullopt;
  CHECK(result == COMP_OK);
  std::string out(scratch_, 0, state.total_out);
  if (scratch_.size() > kScratchBytesMax) std::string().swap(scratch_);
  return out;
}

}  // namespace waybill::http
