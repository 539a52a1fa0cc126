#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/json_scan.h"

namespace waybill::cli {

// A member of a server's answer, if that is an object and has it.
inline std::optional<codec::CheckedJson> find_member(const codec::CheckedJson& body, std::string_view name) {
  if (!body.is_object()) return std::nullopt;
  for (codec::MemberScanner scan(body); scan.next();) {
    if (scan.name() == name) return scan.value();
  }
  return std::nullopt;
}

// The same, of a text; empty where there is none.
inline std::string text_member(const codec::CheckedJson& body, std::string_view name) {
  const auto value = find_member(body, name);
  return value ? value->string().value_or("") : std::string();
}

}  // namespace waybill::cli
