#include "model/friendly_name.h"

#include <algorithm>

#include "base/strings.h"

namespace waybill::model {

base::Result<void> check_friendly_name(std::string_view name) {
  if (!base::is_utf8(name)) return base::invalid_argument("is no UTF-8");
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  if (static_cast<std::size_t>(std::count_if(name.begin(), name.end(), begins_character)) > kFriendlyNameMax) {
    return base::invalid_argument("has more than 64 characters");
  }
  return {};
}

}  // namespace waybill::model
