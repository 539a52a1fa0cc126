#include "cli/address.h"

#include <string_view>

#include "base/files.h"
#include "base/strings.h"
#include "http/url.h"

namespace waybill::cli {
namespace {

constexpr const char* kAddressFile = "waybill.address";

}  // namespace

std::string default_url(const Process& process) { return process.environment.find("WAYBILL_URL").value_or(""); }

std::optional<std::string> find_address(const std::filesystem::path& data) {
  const auto text = base::read_file(data / kAddressFile);
  if (!text) return std::nullopt;
  // Whatever else stands there beside it.
  for (const std::string_view line : base::split(*text, '\n')) {
    for (const std::string_view word : base::split(line, ' ')) {
      const std::string url(base::trim(word));
      if (http::parse_url(url)) return url;
    }
  }
  return std::nullopt;
}

}  // namespace waybill::cli
