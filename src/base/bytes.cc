#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace waybill::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::size_t kBlock = 32;

// The values of hex digits, of which there are `count`; something above 15 for what is none. Without branches and
// tables, so that the compiler looks at many digits at once.
inline void read_digits(const char* text, std::size_t count, std::uint8_t* values) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto c = static_cast<std::uint8_t>(text[i]);
    const auto digit = static_cast<std::uint8_t>(c - '0');
    const auto letter = static_cast<std::uint8_t>((c | 0x20U) - 'a');
    values[i] = static_cast<std::uint8_t>(digit < 10 ? digit : letter < 6 ? letter + 10 : 0xff);
  }
}

std::string encode64(std::string_view bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8U | (i < have ? static_cast<std::uint8_t>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i <= have; ++i) out += alphabet[group >> (18 - 6 * i) & 63U];
    if (padded) out.append(3 - have, '=');
  }
  return out;
}

constexpr std::uint8_t kNoDigit = 255;
using DigitValues = std::array<std::uint8_t, 256>;

constexpr DigitValues values_of(std::string_view alphabet) {
  DigitValues values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr DigitValues kBase64Values = values_of(kBase64);
constexpr DigitValues kBase64UrlValues = values_of(kBase64Url);

std::optional<std::string> decode64(std::string_view text, const DigitValues& values) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == kNoDigit) return std::nullopt;
    group = group << 6U | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 255U);
    }
  }
  const bool whole = bits < 6 && (group & ((1U << bits) - 1U)) == 0;
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
  }
  return out;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  unsigned all = 0;
  std::array<std::uint8_t, kBlock> values;
  for (std::size_t at = 0; at < text.size(); at += kBlock) {
    const std::size_t count = std::min(kBlock, text.size() - at);
    // A sid has one block; its length as a constant is worth a line.
    if (count == kBlock) {
      read_digits(text.data() + at, kBlock, values.data());
    } else {
      read_digits(text.data() + at, count, values.data());
    }
    for (std::size_t i = 0; i < count / 2; ++i) {
      all |= static_cast<unsigned>(values[2 * i] | values[2 * i + 1]);
      out[at / 2 + i] = static_cast<std::uint8_t>(values[2 * i] << 4U | values[2 * i + 1]);
    }
  }
  return all < 16;
}

std::string to_base64(std::string_view bytes) { return encode64(bytes, kBase64, true); }
std::string to_base64_url(std::string_view bytes) { return encode64(bytes, kBase64Url, false); }

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string_view body = text;
  for (int i = 0; i < 2 && body.ends_with('='); ++i) body.remove_suffix(1);
  return decode64(body, kBase64Values);
}

std::optional<std::string> from_base64_url(std::string_view text) { return decode64(text, kBase64UrlValues); }

}  // namespace waybill::base
