#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace waybill::codec {

constexpr std::string_view kApiPath = "/v1/Workspaces/";

// Where the path begins in an absolute http or https URL, or nothing if it is none.
std::optional<std::size_t> path_of_url(std::string_view url);

// Where the path of this API begins in a URL whose own path begins at `path`, or npos. What stands between the two
// belongs to the base the URL was written on, such as a proxy's folder.
std::size_t find_api_path(std::string_view url, std::size_t path);

// Whether it is a URL that ends with `own_path`, whatever the case of its letters.
bool ends_with_path(std::string_view url, std::string_view own_path);

}  // namespace waybill::codec
