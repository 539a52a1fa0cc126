#include "http/gzip.h"

#include <charconv>

#include <libdeflate.h>

#include "base/check.h"
#include "base/strings.h"

namespace waybill::http {
namespace {

// Fast enough for a server's thread, and within a few percent of the default on JSON.
constexpr int kLevel = 4;

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

void Gzip::Free::operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }

Gzip::Gzip() : compressor_(libdeflate_alloc_compressor(kLevel)) { CHECK(compressor_ != nullptr); }

std::optional<std::string> Gzip::compress(std::string_view body) {
  if (body.size() < 2) return std::nullopt;
  // Room for one byte less than the body: the compressor gives up as soon as it does not pay.
  const std::size_t room = body.size() - 1;
  if (scratch_.size() < room) scratch_.resize(room);
  const std::size_t size = libdeflate_gzip_compress(compressor_.get(), body.data(), body.size(), scratch_.data(), room);
  if (size == 0) return std::nullopt;
  std::string out(scratch_, 0, size);
  if (scratch_.size() > kScratchBytesMax) std::string().swap(scratch_);
  return out;
}

}  // namespace waybill::http
