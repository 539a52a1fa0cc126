#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json_scan.h"

namespace waybill::transfer {

// Members of an object that a file of ours must have. kInvalidArgument, naming the member, if it is missing or of
// another type. REQUIRES: `object` is an object.

inline std::optional<codec::CheckedJson> find_member(codec::CheckedJson object, std::string_view name) {
  for (codec::MemberScanner scan(object); scan.next();) {
    if (scan.name() == name) return scan.value();
  }
  return std::nullopt;
}

inline base::Result<std::string> get_text(codec::CheckedJson object, std::string_view name) {
  const auto value = find_member(object, name);
  auto text = value ? value->string() : std::nullopt;
  if (!text) return base::invalid_argument(std::string(name) + ": must be a text");
  return *std::move(text);
}

inline base::Result<std::int64_t> get_number(codec::CheckedJson object, std::string_view name) {
  const auto value = find_member(object, name);
  const auto number = value ? value->integer() : std::nullopt;
  if (!number) return base::invalid_argument(std::string(name) + ": must be a whole number");
  return *number;
}

inline base::Result<std::uint64_t> get_count(codec::CheckedJson object, std::string_view name) {
  TRY_ASSIGN(const std::int64_t number, get_number(object, name));
  if (number < 0) return base::invalid_argument(std::string(name) + ": must not be negative");
  return static_cast<std::uint64_t>(number);
}

}  // namespace waybill::transfer
