#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace waybill::base {

// Fixed-width integers at any address, little end first, as every format of ours stores them.
template <class T>
  requires std::is_integral_v<T>
void put_le(std::string& out, T value) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the formats are little-endian");
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

// Reads a T at `at`. REQUIRES: at + sizeof(T) <= bytes.size().
template <class T>
  requires std::is_integral_v<T>
T get_le(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Lower-case hex digits, two for a byte.
std::string to_hex(std::span<const std::uint8_t> bytes);
// The bytes of an even number of hex digits in either case; nothing if there is anything else.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

// Base64: with padding (RFC 4648 §4), or with the URL alphabet and none (§5).
std::string to_base64(std::string_view bytes);
std::string to_base64_url(std::string_view bytes);
// The bytes; nothing if `text` is not exactly what the encoder would have written.
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64_url(std::string_view text);

// A view of bytes as text, and of text as bytes.
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace waybill::base
