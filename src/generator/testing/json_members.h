#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace waybill::generator {

// The members of a JSON object in their order: name, and value as it stands there, strings with their quotes. Knows
// just as much JSON as the generator writes. Empty if `json` is no object.
std::vector<std::pair<std::string_view, std::string_view>> members_of(std::string_view json);

// The value of the member of that name without the quotes around it; empty if there is none.
std::string_view member_of(std::string_view json, std::string_view name);

}  // namespace waybill::generator
