#include "generator/testing/json_members.h"

#include <cstddef>

namespace waybill::generator {
namespace {

// Behind the string that begins at `at`.
std::size_t string_end(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return at + 1;
}

// Behind the value that begins at `at`.
std::size_t value_end(std::string_view json, std::size_t at) {
  int depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (depth == 0 && (c == ',' || c == '}')) return at;
    if (c == '{') ++depth;
    if (c == '}') --depth;
    at = c == '"' ? string_end(json, at) : at + 1;
  }
  return at;
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> members_of(std::string_view json) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  if (!json.starts_with('{') || !json.ends_with('}')) return out;
  std::size_t at = 1;
  while (at < json.size() && json[at] == '"') {
    const std::size_t colon = string_end(json, at);
    const std::size_t end = value_end(json, colon + 1);
    out.emplace_back(json.substr(at + 1, colon - at - 2), json.substr(colon + 1, end - colon - 1));
    at = end + 1;
  }
  return out;
}

std::string_view member_of(std::string_view json, std::string_view name) {
  for (const auto& [key, value] : members_of(json)) {
    if (key != name) continue;
    return value.starts_with('"') ? value.substr(1, value.size() - 2) : value;
  }
  return {};
}

}  // namespace waybill::generator
