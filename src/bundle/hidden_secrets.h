#pragma once

#include <span>
#include <string>
#include <string_view>

namespace waybill::bundle {

// The text with every one of the secrets replaced, plain or percent-encoded. What is shorter than a secret can be is
// left alone.
std::string hide_secrets(std::string_view text, std::span<const std::string> secrets);

}  // namespace waybill::bundle
