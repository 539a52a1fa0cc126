#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace waybill::model {

// In characters.
inline constexpr std::size_t kFriendlyNameMax = 64;

// Whether an account or a key may be called so: kInvalidArgument, with the rule, for more than kFriendlyNameMax
// characters and for what is no UTF-8. An empty name is fine.
base::Result<void> check_friendly_name(std::string_view name);

}  // namespace waybill::model
