#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace waybill::cli {

// The sid that a command was given. kInvalidArgument, with the text and the rule, if it is none of its kind.
template <class AnySid>
base::Result<AnySid> parse_sid(const std::string& text) {
  auto sid = AnySid::parse(text);
  if (!sid) return std::move(sid).error().while_doing(text);
  return sid;
}

}  // namespace waybill::cli
