#include "codec/event_urls.h"

#include <algorithm>

#include "base/strings.h"

namespace waybill::codec {
namespace {

// The first of two marks behind `at`; the end if there is neither.
std::size_t find_either(std::string_view text, char a, char b, std::size_t at) {
  return std::min({text.find(a, at), text.find(b, at), text.size()});
}

}  // namespace

std::optional<std::size_t> path_of_url(std::string_view url) {
  const std::size_t host = base::equals_ignoring_case(url.substr(0, 8), "https://")  ? 8
                           : base::equals_ignoring_case(url.substr(0, 7), "http://") ? 7
                                                                                     : 0;
  if (host == 0) return std::nullopt;
  // Without a way out of the loop, so that the compiler looks at many bytes at once.
  bool printable = true;
  for (const char c : url) printable &= c > ' ' && c < '\x7f';
  const std::size_t path = std::min(url.find('/', host), find_either(url, '?', '#', host));
  if (!printable || path == host) return std::nullopt;
  return path;
}

std::size_t find_api_path(std::string_view url, std::size_t path) {
  return url.substr(0, find_either(url, '?', '#', path)).find(kApiPath, path);
}

bool ends_with_path(std::string_view url, std::string_view own_path) {
  const auto path = path_of_url(url);
  return path && url.size() - *path >= own_path.size() &&
         base::equals_ignoring_case(url.substr(url.size() - own_path.size()), own_path);
}

}  // namespace waybill::codec
